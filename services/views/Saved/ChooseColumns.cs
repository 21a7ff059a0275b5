using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Views.Saved;

static class ChooseColumns
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPut("/board/columns", Handle)
        .WithName(nameof(ChooseColumns))
        .WithTags("Board")
        .WithSummary("Which columns the caller wants boards to have, in this order; none is as for everybody at first. Saved views may have others")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static Task<Answer<NoBody>> Handle(ChooseColumnsRequest request, Caller caller, ServiceDatabase db, CancellationToken ct)
    {
        var me = caller.Person;
        var check = new Checks();
        check.That("columns", request.Columns.Distinct().Count() == request.Columns.Count, "names one twice");
        check.Done();
        return db.AnswerAsync(caller, async unit =>
        {
            await ChosenColumnsTable.SetAsync(unit, me, request.Columns);
            return Answer.NoContent();
        }, ct);
    }
}
