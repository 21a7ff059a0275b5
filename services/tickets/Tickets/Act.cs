using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Organisation;

namespace Hdms.Tickets.Tickets;

/// <summary>An action at work, within its unit of work: the locked ticket, who acts and what was asked for.</summary>
/// <param name="Transition">The row of the lifecycle by which it is allowed.</param>
/// <param name="Found">What other services said beforehand.</param>
sealed record Act<TRequest>(UnitOfWork Unit, Situation Situation, Transition Transition, TRequest Request, Found Found, TicketDesk Desk)
{
    public Ticket Ticket => Situation.Ticket;

    public IReadOnlyDictionary<Guid, DepartmentFacts> Departments => Found.Departments;

    public Caller Caller => Situation.Caller;

    public DateTimeOffset Now => Unit.Now;

    /// <summary>The department that was asked about beforehand, which has to be the one that is meant now.</summary>
    /// <exception cref="Refusal">409: somebody gave the ticket another department in between.</exception>
    public DepartmentFacts DepartmentOf(Guid? id) => Found.Department is { } known && known.Id == id ? known : throw Refusal.VersionConflict(Ticket.Version);

    /// <summary>Writes the ticket; <see cref="TicketTable.SaveAsync"/>.</summary>
    public Task<Ticket> SaveAsync<T>(Ticket after, string? reason = null, Func<T, T>? with = null)
        where T : TicketState, new() => Desk.Tickets.SaveAsync(Unit, Ticket, after, reason, with);

    /// <summary>As <see cref="SaveAsync"/>, and the moderator may take it back for a quarter of an hour.</summary>
    public Task<Ticket> SaveUndoableAsync<T>(Ticket after, string? reason = null, Func<T, T>? with = null, UndoneWith? also = null)
        where T : TicketState, new() => UndoEntries.SaveAsync(Desk.Tickets, Unit, Situation.Ticket, Ticket, after, Transition.Action, reason, with, also);
}

/// <summary>What was asked of other services before the unit of work.</summary>
/// <param name="Department">The department that is to have the ticket.</param>
/// <param name="Departments">Those that are to have parts of it.</param>
sealed record Found(DepartmentFacts? Department, IReadOnlyDictionary<Guid, DepartmentFacts> Departments);
