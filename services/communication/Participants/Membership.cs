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
    /// <param name="undone">An action was undone by it, and <see cref="Undo"/> has put right who takes part: nobody leaves by it.</param>
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
                // Undone, everybody is what they were already, but for a head whom a moderator has taken in as something else since.
                if (role != who.RoleInTicket && (!undone || role == RoleInTicket.Assignee) && Becomes(who, role))
                {
                    steps.Add(new MembershipStep(who.UserId, who, role));
                }
            }
            else if (!undone && Ends(who))
            {
                steps.Add(new MembershipStep(who.UserId, who, null));
            }
        }

        var there = live.Select(p => p.UserId).ToHashSet();
        steps.AddRange(has
            .Where(n => !there.Contains(n.Key) && (!had.TryGetValue(n.Key, out var was) || n.Value < was))
            .Select(n => new MembershipStep(n.Key, null, n.Value)));
        return steps;

        // Over a reopening, the last head and moderator stay what they were; the head then until there is another one.
        bool Becomes(Participant who, RoleInTicket role) => !(reopened && IsKept(who))
            && ((newHead && who.RoleInTicket == RoleInTicket.Assignee) || !had.TryGetValue(who.UserId, out var was) || was != role);

        bool Ends(Participant who) => reopened
            ? !IsKept(who)
            : who.RoleInTicket switch
            {
                // The last head stays until there is another one, or the work goes back to the moderators.
                RoleInTicket.Assignee => newHead || had.ContainsKey(who.UserId),
                RoleInTicket.ChildAssignee or RoleInTicket.Approver => had.ContainsKey(who.UserId),
                _ => false,
            };
    }

    /// <summary>The membership in another role.</summary>
    public static Participant Become(Participant who, RoleInTicket role, DateTimeOffset at) => who with
    {
        RoleInTicket = role,
        PreviousRole = who.RoleChangedAt == at ? who.PreviousRole : who.RoleInTicket,
        RoleChangedAt = at,
    };

    /// <summary>
    /// What undoing the action of that time does, with which nothing has happened to the ticket since: who came by it leaves, who left by
    /// it goes on as they were, and who became something else by it is what they were. What moderators said meanwhile stands.
    /// </summary>
    /// <param name="rows">Of one ticket: the memberships that the action touched, that have begun since, and all that are live.</param>
    /// <returns>What is to become of which; a membership that goes on comes after those that end.</returns>
    public static IReadOnlyList<(Participant Before, Participant After)> Undo(IReadOnlyCollection<Participant> rows, DateTimeOffset action, DateTimeOffset now)
    {
        var came = rows.Where(p => p.JoinedAt == action && p is { LeftAt: null, AddedBy: null }).Select(p => (p, p with { LeftAt = now })).ToList();

        // Whom a moderator has added since has another membership, whether it has ended or not.
        var there = rows.Where(p => p.LeftAt is null || p.JoinedAt > action).Except(came.Select(c => c.p)).Select(p => p.UserId).ToHashSet();
        var changed = rows.Where(p => p is { LeftAt: null, PreviousRole: not null } && p.RoleChangedAt == action && p.JoinedAt != action)
            .Select(p => (p, p with { RoleInTicket = p.PreviousRole!.Value, PreviousRole = null, RoleChangedAt = null }));
        var left = rows.Where(p => p.LeftAt == action && p.JoinedAt != action && p.RemovedBy is null && there.Add(p.UserId)).Select(p => (p, p with { LeftAt = null }));
        return [.. came, .. changed, .. left];
    }

    static bool IsKept(Participant who) => who.RoleInTicket is RoleInTicket.Requester or RoleInTicket.Assignee or RoleInTicket.Moderator;
}
