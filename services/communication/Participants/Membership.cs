using Hdms.Contracts;

namespace Hdms.Communication.Participants;

/// <summary>One thing that is to become other of who takes part.</summary>
/// <param name="Who">The membership that ends, or changes its role; null for one that begins.</param>
/// <param name="Role">Null: the membership ends.</param>
sealed record MembershipStep(Guid User, Participant? Who, RoleInTicket? Role);

/// <summary>
/// What a change of a ticket does to who takes part (DOMAIN.md section 7, chat). It goes by what has changed, not by what is there:
/// whom a moderator has removed does not come back with the next event.
/// </summary>
static class Membership
{
    /// <summary>Everybody whom the ticket itself names, with the first of their roles.</summary>
    public static IReadOnlyDictionary<Guid, RoleInTicket> Named(RoomState room)
    {
        var named = new Dictionary<Guid, RoleInTicket> { [room.RequesterId] = RoleInTicket.Requester };
        Add(room.AssigneeId, RoleInTicket.Assignee);
        Add(room.ClaimedBy, RoleInTicket.Moderator);
        foreach (var head in room.SubTicketHeads)
        {
            Add(head, RoleInTicket.ChildAssignee);
        }

        foreach (var approver in room.Approvers)
        {
            Add(approver, RoleInTicket.Approver);
        }

        return named;

        void Add(Guid? user, RoleInTicket role)
        {
            if (user is { } known)
            {
                named.TryAdd(known, role);
            }
        }
    }

    /// <param name="before">Null for a ticket that was not heard of yet.</param>
    /// <param name="live">The memberships that have not ended, one for each person.</param>
    /// <param name="undone">An action was undone by it: whom a moderator had added before is what they were.</param>
    public static IReadOnlyList<MembershipStep> Follow(RoomState? before, RoomState now, IReadOnlyCollection<Participant> live, bool undone = false)
    {
        var had = before is null ? new Dictionary<Guid, RoleInTicket>() : Named(before);
        var has = Named(now);
        var reopened = before is not null && now.Generation > before.Generation;
        var newHead = now.AssigneeId is not null && now.AssigneeId != before?.AssigneeId;
        var steps = new List<MembershipStep>();
        foreach (var who in live)
        {
            if (has.TryGetValue(who.UserId, out var role))
            {
                // Over a reopening, the last head and moderator stay what they were.
                if (role != who.RoleInTicket && !(reopened && IsKept(who)))
                {
                    steps.Add(new MembershipStep(who.UserId, who, role));
                }
            }
            else if (Ends(who))
            {
                steps.Add(new MembershipStep(who.UserId, who, undone && who.AddedBy is not null ? RoleInTicket.Watcher : null));
            }
        }

        var there = live.Select(p => p.UserId).ToHashSet();
        steps.AddRange(has
            .Where(n => !there.Contains(n.Key) && (!had.TryGetValue(n.Key, out var was) || n.Value < was))
            .Select(n => new MembershipStep(n.Key, null, n.Value)));
        return steps;

        bool Ends(Participant who) => reopened
            ? !IsKept(who)
            : who.RoleInTicket switch
            {
                // The last head stays until there is another one, or the work goes back to the moderators.
                RoleInTicket.Assignee => newHead || had.ContainsKey(who.UserId),
                RoleInTicket.ChildAssignee or RoleInTicket.Approver => had.ContainsKey(who.UserId),
                RoleInTicket.Moderator => undone && had.ContainsKey(who.UserId),
                _ => false,
            };
    }

    /// <summary>Whether the membership began with the action of that time, which is undone now.</summary>
    public static bool CameBy(Participant who, DateTimeOffset action) => who.JoinedAt == action && who is { LeftAt: null, AddedBy: null };

    /// <summary>Whether the membership ended with it; one that a moderator ended stays so.</summary>
    public static bool LeftBy(Participant who, DateTimeOffset action) => who.LeftAt == action && who.RemovedBy is null && who.JoinedAt != action;

    static bool IsKept(Participant who) => who.RoleInTicket is RoleInTicket.Requester or RoleInTicket.Assignee or RoleInTicket.Moderator;
}
