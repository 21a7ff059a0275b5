using Hdms.Contracts;
using Hdms.Kit.Database;

namespace Hdms.Communication.Notifications;

/// <summary>Who is concerned by a ticket, as notifications are addressed (DOMAIN.md section 4, N).</summary>
/// <param name="Moderators">Those who take part; when none does, all there are.</param>
/// <param name="Pool">All moderators.</param>
sealed record Circle(Guid Requester, Guid? Head, IReadOnlyList<Guid> Moderators, IReadOnlyList<Guid> Pool)
{
    public static async Task<Circle> OfAsync(UnitOfWork unit, RoomState room)
    {
        var people = await unit.QueryAsync<(Guid User, bool TakesPart)>(
            """
            SELECT id, false FROM communication_replica_users WHERE role = 'moderator' AND is_active AND NOT is_deleted
            UNION ALL
            SELECT user_id, true FROM ticket_participants WHERE ticket_id = @Id AND role_in_ticket = 'moderator' AND left_at IS NULL AND NOT is_deleted
            """,
            new { room.Id });
        var pool = people.Where(p => !p.TakesPart).Select(p => p.User).ToList();
        var taking = people.Where(p => p.TakesPart).Select(p => p.User).ToList();
        return new Circle(room.RequesterId, room.AssigneeId, taking.Count > 0 ? taking : pool, pool);
    }

    public IEnumerable<Guid> HeadOnly => Head is { } head ? [head] : [];
}
