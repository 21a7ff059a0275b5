using Dapper;
using Hdms.Contracts;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Sla;
using Npgsql;

namespace Hdms.Tickets.Tickets;

/// <summary>Shows tickets as far as the caller sees, with the names that belong to them and what the caller may do.</summary>
static class TicketViewing
{
    public static async Task<TicketView> OneAsync(NpgsqlConnection connection, Situation situation, CancellationToken ct) =>
        (await ManyAsync(connection, [situation], ct))[0];

    /// <param name="names">As <see cref="NamesAsync"/> gave them before.</param>
    public static async Task<IReadOnlyList<TicketView>> ManyAsync(
        NpgsqlConnection connection, IReadOnlyList<Situation> situations, CancellationToken ct, Names? names = null)
    {
        names ??= await NamesAsync(connection, situations, ct);
        var calendars = await CalendarTable.OfTicketsAsync(connection, situations.Select(s => s.Ticket), ct);
        return [.. situations.Select(s => s.Sight == Sight.Title ? Title(s, names) : Everything(s, names, calendars))];
    }

    public static Task<Names> NamesAsync(NpgsqlConnection connection, IReadOnlyList<Situation> situations, CancellationToken ct) => Names.ReadAsync(
        connection,
        situations.SelectMany(s => new[] { s.Ticket.RequesterId, s.Ticket.AssigneeId, s.Ticket.ClaimedBy }).OfType<Guid>(),
        situations.Select(s => s.Ticket.DepartmentId).OfType<Guid>(),
        ct);

    static TicketView Everything(Situation s, Names names, IReadOnlyDictionary<Guid, WorkCalendar> calendars)
    {
        var t = s.Ticket;
        return new TicketView(
            t.Id, t.Number, t.Title, t.Description, t.Status, t.PreviousStatus, t.Priority, t.Category,
            names.Person(t.RequesterId), t.CreatedBy, names.Department(t.DepartmentId), names.Person(t.AssigneeId), names.Person(t.ClaimedBy),
            t.AwaitingRequester, t.QueuedAt, SlaReading.Of(t, calendars, s.Now), NeedsAttention(t, s.Now),
            t.SubmittedAt, t.AssignedAt, t.AcknowledgedAt, t.AcknowledgedByTeam, t.StartedAt, t.PostponedAt, t.ResolvedAt, t.ConfirmedAt, t.ClosedAt,
            t.ClosedReason, t.ProgressPercent, t.CompletionNotes, t.RejectionReason, t.PostponementReason, t.Generation, t.ReopenCount,
            t.RequiresApproval, t.Approvers, t.PendingApprovers, t.FeedbackRating, t.FeedbackText, t.Tags, t.DuplicateOf,
            t.SubTickets, t.OpenSubTickets, t is { SubTickets: > 0, OpenSubTickets: 0, IsTerminal: false }, t.ReopenRequested, t.PostponeRequested,
            t.SlaAnswer, t.SlaAnswerReason, t.UndoBy == s.Caller.UserId ? t.UndoUntil : null, Decision.Allowed(s), t.CreatedAt, t.UpdatedAt, t.Version);
    }

    /// <summary>For a team member, who acknowledges and sees no more than that it is there (DOMAIN.md section 5).</summary>
    static TicketView Title(Situation s, Names names)
    {
        var t = s.Ticket;
        return new TicketView(
            t.Id, t.Number, t.Title, null, t.Status, null, t.Priority, null, null, null, names.Department(t.DepartmentId), null, null, false, null, null, false,
            null, null, null, [.. t.AcknowledgedByTeam.Where(m => m == s.Caller.UserId)], null, null, null, null, null, null, 0, null, null, null, t.Generation, 0,
            false, [], [], null, null, [], null, 0, 0, false, false, false, null, null, null, Decision.Allowed(s), t.CreatedAt, t.UpdatedAt, t.Version);
    }

    static bool NeedsAttention(Ticket t, DateTimeOffset now) =>
        (t.Status is TicketStatus.Submitted or TicketStatus.Pending && t.SubmittedAt < now - TicketRules.AttentionAfter)
        || (t.Status == TicketStatus.Assigned && t.AcknowledgedAt is null && t.AssignedAt < now - TicketRules.AttentionAfter);
}

/// <summary>Names of people and departments, as the replicas have them.</summary>
sealed class Names
{
    readonly Dictionary<Guid, PersonRef> _people;
    readonly Dictionary<Guid, DepartmentRef> _departments;

    Names(Dictionary<Guid, PersonRef> people, Dictionary<Guid, DepartmentRef> departments) => (_people, _departments) = (people, departments);

    public static async Task<Names> ReadAsync(NpgsqlConnection connection, IEnumerable<Guid> people, IEnumerable<Guid> departments, CancellationToken ct)
    {
        var found = await connection.QueryAsync<(Guid Id, string? First, string? Last, bool IsPerson)>(new CommandDefinition(
            """
            SELECT id, first_name, last_name, true FROM tickets_replica_users WHERE id = ANY(@people)
            UNION ALL
            SELECT id, code, name, false FROM tickets_replica_departments WHERE id = ANY(@departments)
            """,
            new { people = people.Distinct().ToArray(), departments = departments.Distinct().ToArray() },
            cancellationToken: ct));
        var all = found.ToLookup(f => f.IsPerson);
        return new Names(
            all[true].ToDictionary(f => f.Id, f => new PersonRef(f.Id, f.First, f.Last)),
            all[false].ToDictionary(f => f.Id, f => new DepartmentRef(f.Id, f.First, f.Last)));
    }

    public PersonRef? Person(Guid? id) => id is { } known ? _people.GetValueOrDefault(known) ?? new PersonRef(known, null, null) : null;

    public DepartmentRef? Department(Guid? id) => id is { } known ? _departments.GetValueOrDefault(known) ?? new DepartmentRef(known, null, null) : null;
}
