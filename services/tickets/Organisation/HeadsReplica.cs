using Hdms.Kit.Database;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Organisation;

/// <summary>
/// The copies of people's rows, which also decide who comes first: work is given to a head under the head's row, and the same row is
/// written before what a head who is gone leaves is looked for. Whether a head is there was asked before the unit of work, and may be
/// over by its end.
/// </summary>
static class HeadsReplica
{
    /// <summary>Keeps the head from going until the unit of work ends, after which whoever passes their work on finds this, too.</summary>
    /// <returns>Whether they are still there.</returns>
    public static async Task<bool> HoldAsync(UnitOfWork unit, Guid head)
    {
        const string There = "SELECT is_active AND NOT is_deleted FROM tickets_replica_users WHERE id = @head FOR SHARE";
        if (await unit.FindAsync<bool?>(There, new { head }) is { } known)
        {
            return known;
        }

        // Written down also where the feed has not told of them yet: there must be a row to take. Whatever the feed tells is newer.
        await unit.ExecuteAsync("INSERT INTO tickets_replica_users (id, version) VALUES (@head, 0) ON CONFLICT DO NOTHING", new { head });
        return await unit.SingleAsync<bool>(There, new { head });
    }

    /// <exception cref="Refusal">422: there is none who was active when the owner was asked; 503: the feed tells otherwise since, or still.</exception>
    public static async Task<Guid> MustHoldAsync(UnitOfWork unit, DepartmentFacts department)
    {
        if (department is not { HeadMayWork: true, HeadId: { } head })
        {
            throw Refusal.UnknownReference("department_id", $"{department.Name} has no active head who could take it.");
        }

        return await HoldAsync(unit, head)
            ? head
            : throw Refusal.Unavailable(
                Codes.ReferenceUnavailable, $"The head of {department.Name} is just going or coming. Nothing was changed; try again.", TimeSpan.FromSeconds(1));
    }
}
