using Hdms.Communication.Organisation;
using Hdms.Contracts;
using Hdms.Kit.History;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;

namespace Hdms.Communication.History;

static class SearchAudit
{
    /// <summary>With names as the replica has them.</summary>
    public static readonly AuditShow Show = new(NamesAsync);

    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/audit/communication", Handle)
        .WithName("SearchCommunicationAudit")
        .WithTags("Audit")
        .WithSummary("Who wrote, changed, shared or read what in chats, newest first, refused attempts among it (admin, or scope audit:read)")
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed);

    static Task<CursorListing<AuditEntry>> Handle(
        [AsParameters] AuditQuery query, [AsParameters] CursorQuery page, Caller caller, AuditTrail trail, CancellationToken ct)
    {
        caller.MustBeAdmin(Scopes.ReadAudit);
        return trail.ReadAsync(query, page, ct);
    }

    static async Task<IReadOnlyDictionary<Guid, string>> NamesAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> people, CancellationToken ct)
    {
        var names = await Names.ReadAsync(connection, people, ct);
        return people.Select(names.Person).Where(p => p.FirstName is not null).ToDictionary(p => p.Id, p => $"{p.FirstName} {p.LastName}".Trim());
    }
}
