using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Approvals;

static class RemoveSubstitute
{
    public static void Map(IEndpointRouteBuilder api) => api.MapDelete("/substitutes/{id:guid}", Handle)
        .WithName(nameof(RemoveSubstitute))
        .WithTags("Approvals")
        .WithSummary("Nobody stands in any longer from now on (the approver, or an admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed);

    static Task<Answer<NoBody>> Handle(Guid id, Caller caller, Preconditions preconditions, ServiceDatabase db, CancellationToken ct) =>
        db.AnswerAsync(caller, async unit =>
        {
            var row = await SubstituteTable.Rows.FindAsync(unit, "WHERE r.id = @id AND NOT r.is_deleted FOR UPDATE", new { id });
            var isTheirs = row is not null && (caller.IsAdmin || row.ApproverId == caller.UserId);
            if (row is null || !(isTheirs || row.SubstituteId == caller.UserId || caller.Role == Role.Moderator))
            {
                throw Refusal.NotFound("substitute");
            }

            if (!isTheirs)
            {
                throw Refusal.Forbidden("Only the approver, or an admin, can end this.");
            }

            await preconditions.RequireAsync(unit, id, row.Version);
            await SubstituteTable.SaveAsync<SubstituteRemoved>(unit, row, row with { IsDeleted = true, DeletedAt = unit.Now });
            return Answer.NoContent();
        }, ct);
}
