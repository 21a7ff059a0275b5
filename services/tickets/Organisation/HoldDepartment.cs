using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Organisation;

/// <summary>
/// For the users service, before it deletes a department: its row here is closed before its tickets are counted, and submitting
/// takes the same row, so none slips in between (DESIGN section 12a). The feed opens the row again when the department stays.
/// </summary>
static class HoldDepartment
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/tickets/department-holds", Handle)
        .RequireAuthorization(Policies.Service)
        .WithName(nameof(HoldDepartment))
        .WithTags("Organisation")
        .WithSummary("From now on the department takes no ticket; tells how many it still has (services)")
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    static Task<Answer<DepartmentHold>> Handle(HoldDepartmentRequest request, Caller caller, ServiceDatabase db, CancellationToken ct) =>
        db.AnswerAsync(caller, async unit =>
        {
            // Written down also where the feed has not told of the department yet: there must be a row to take.
            await unit.ExecuteAsync(
                """
                INSERT INTO tickets_replica_departments (id, name, code, head_id, total_capacity, queue_enabled, state, is_deleted, version)
                VALUES (@DepartmentId, @Name, @Code, @HeadId, @TotalCapacity, @QueueEnabled, 'closing', false, @Version)
                ON CONFLICT (id) DO UPDATE SET state = 'closing', version = greatest(tickets_replica_departments.version, excluded.version)
                """,
                request);
            var open = await unit.SingleAsync<int>(
                """
                SELECT (SELECT count(*) FROM tickets WHERE department_id = @DepartmentId AND status NOT IN ('draft', 'rejected', 'closed') AND NOT is_deleted)::int
                     + (SELECT count(*) FROM sub_tickets WHERE department_id = @DepartmentId AND status <> 'closed' AND NOT is_deleted)::int
                """,
                request);
            return Answer.Ok(new DepartmentHold(request.DepartmentId, open));
        }, ct);
}
