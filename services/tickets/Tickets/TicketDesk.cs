using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Kit.References;
using Hdms.Tickets.History;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Organisation;
using Npgsql;

namespace Hdms.Tickets.Tickets;

/// <summary>What the handlers of tickets work with.</summary>
sealed class TicketDesk(ServiceDatabase database, TicketTable tickets, UsersDirectory users, ReferenceChecks references, RefusedActions refused, TicketRules rules, TimeProvider clock)
{
    public ServiceDatabase Database => database;

    public TicketTable Tickets => tickets;

    public UsersDirectory Users => users;

    public RefusedActions Refused => refused;

    public TicketRules Rules => rules;

    /// <summary>The ticket as it is just now, without keeping it from others.</summary>
    /// <exception cref="Refusal">404: there is none.</exception>
    public Task<Situation> LookAsync(TicketKey key, Caller caller, CancellationToken ct) => database.ReadAsync(async connection =>
    {
        var ticket = await TicketTable.FindAsync(connection, key, ct) ?? throw Refusal.NotFound("ticket");
        var now = clock.GetUtcNow();
        return new Situation(ticket, caller, await Standing.ReadAsync(connection, caller, rules, now, ct), rules, now);
    }, ct);

    /// <summary>As <see cref="LookAsync"/>, for what hangs on a ticket.</summary>
    /// <exception cref="Refusal">404: there is none that the caller may see; 403: they see its title only.</exception>
    public async Task<Situation> SeeAsync(TicketKey key, Caller caller, CancellationToken ct)
    {
        var seen = await LookAsync(key, caller, ct);
        return seen.Sight switch
        {
            Sight.Nothing => throw Refusal.NotFound("ticket"),
            Sight.Title => throw Refusal.Forbidden("You see no more of this ticket than its title."),
            _ => seen,
        };
    }

    /// <summary>The caller in front of each of these tickets, by id.</summary>
    public async Task<IReadOnlyDictionary<Guid, Situation>> SituationsAsync(
        NpgsqlConnection connection, IEnumerable<Guid> tickets, Caller caller, DateTimeOffset now, CancellationToken ct)
    {
        var standing = await Standing.ReadAsync(connection, caller, rules, now, ct);
        var rows = await TicketTable.Rows.QueryAsync(connection, "WHERE r.id = ANY(@ids)", new { ids = tickets.Distinct().ToArray() }, ct);
        return rows.ToDictionary(t => t.Id, t => new Situation(t, caller, standing, rules, now));
    }

    /// <summary>The ticket, kept from other writers until the unit of work ends.</summary>
    /// <exception cref="Refusal">404: there is none.</exception>
    public async Task<Situation> LockAsync(UnitOfWork unit, TicketKey key)
    {
        var ticket = await TicketTable.LockAsync(unit, key);
        return new Situation(ticket, unit.By, await Standing.ReadAsync(unit.Connection, unit.By, rules, unit.Now, unit.Ct), rules, unit.Now);
    }

    /// <summary>Requester and department have to be there, before anything is written that names them.</summary>
    /// <param name="me">The caller, who is there: they have just signed in.</param>
    /// <exception cref="Refusal">422 <c>unknown_reference</c>, 503 <c>reference_unavailable</c>.</exception>
    public Task MustKnowAsync(Guid requester, Guid? department, Guid me, CancellationToken ct) => references.CheckAsync(
        [("requester_id", requester == me ? null : requester, users.ActiveUser), ("department_id", department, users.OpenDepartment)], ct);

    /// <summary>The department that is asked for, or else the ticket's own.</summary>
    /// <exception cref="Refusal">422: none, or an unknown one; 503 when nobody can tell.</exception>
    public async Task<DepartmentFacts?> DepartmentAsync(Guid? asked, Ticket ticket, CancellationToken ct) =>
        await users.DepartmentAsync(asked ?? ticket.DepartmentId ?? throw Refusal.Invalid("department_id", "is required"), "department_id", ct);
}
