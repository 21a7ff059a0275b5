using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Approvals;

/// <summary>An approver who will be away names who decides meanwhile; an admin can for anybody.</summary>
static class NameSubstitute
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/substitutes", Handle)
        .WithName(nameof(NameSubstitute))
        .WithTags("Approvals")
        .WithSummary("Names who decides in an approver's place from one time to another (the approver, or an admin)")
        .Creates()
        .WithProblems(Codes.Forbidden, Codes.ValidationFailed, Codes.UnknownReference, Codes.ReferenceUnavailable, Codes.AlreadyExists);

    static async Task<Answer<SubstituteView>> Handle(NameSubstituteRequest request, Caller caller, TicketDesk desk, TimeProvider clock, CancellationToken ct)
    {
        var approver = request.ApproverId ?? caller.Person;
        if (!caller.IsAdmin && !(approver == caller.Person && (caller.IsApprover || caller.IsCeo)))
        {
            throw Refusal.Forbidden("Approvers name substitutes for themselves, admins for anybody.");
        }

        var check = new Checks();
        check.That("ends_at", request.EndsAt > request.StartsAt, "must be later than starts_at");
        check.That("ends_at", request.EndsAt > clock.GetUtcNow(), "must not be over already");
        check.That("substitute_id", request.SubstituteId != approver, "must be somebody else");
        check.Done();
        await MustBePeopleAsync(desk, approver, request.SubstituteId, ct);
        return await desk.Database.AnswerAsync(caller, async unit =>
        {
            await MustNotOverlapAsync(unit, approver, request);
            var row = await SubstituteTable.InsertAsync<SubstituteNamed>(unit, new Substitute
            {
                ApproverId = approver,
                SubstituteId = request.SubstituteId,
                StartsAt = request.StartsAt.ToUniversalTime(),
                EndsAt = request.EndsAt.ToUniversalTime(),
            });
            return Answer.Created($"{Service.Api}/substitutes/{row.Id}", (await SubstituteTable.ViewsAsync(unit.Connection, [row], ct))[0], row.Version);
        }, ct);
    }

    static async Task MustBePeopleAsync(TicketDesk desk, Guid approver, Guid substitute, CancellationToken ct)
    {
        var known = await desk.Users.PeopleAsync([approver, substitute], ct);
        if (known.GetValueOrDefault(approver) is not { MayApprove: true })
        {
            throw Refusal.UnknownReference("approver_id", "That is nobody who decides on approvals.");
        }

        if (known.GetValueOrDefault(substitute) is not { MayWork: true })
        {
            throw Refusal.UnknownReference("substitute_id", "There is no active person with this id.");
        }
    }

    static async Task MustNotOverlapAsync(UnitOfWork unit, Guid approver, NameSubstituteRequest request)
    {
        // Nobody else names one for the same approver until the commit; there may be no row yet that could be locked instead.
        await unit.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended('hdms_substitutes ' || @approver::text, 0))", new { approver });
        var other = await SubstituteTable.Rows.FindAsync(
            unit,
            "WHERE r.approver_id = @approver AND NOT r.is_deleted AND r.starts_at < @EndsAt AND r.ends_at > @StartsAt ORDER BY r.starts_at LIMIT 1",
            new { approver, StartsAt = request.StartsAt.ToUniversalTime(), EndsAt = request.EndsAt.ToUniversalTime() });
        if (other is not null)
        {
            throw new Refusal(Codes.AlreadyExists, $"Somebody stands in from {other.StartsAt:u} to {other.EndsAt:u} already.")
            {
                Members = new Dictionary<string, object?> { ["substitute"] = other.Id },
            };
        }
    }
}
