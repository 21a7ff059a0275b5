using System.Text.Json;
using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Kit.References;
using Hdms.Tickets.Catalogue;
using Hdms.Tickets.History;
using Hdms.Tickets.Organisation;
using Hdms.Tickets.Tickets;
using Hdms.Tickets.Timers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hdms.Tickets.Demo;

/// <summary>
/// The demo organisation's tickets. Each step is done by the same code as people's, one after the other in the order of their times,
/// with a clock that stands at the step's; timers that come due between two steps go off then. So nothing is left for later, and
/// the history is as it would be, had they worked with it for sixty days. A step is a unit of work with a trace of its own: whatever
/// is in the log was done, and a start goes on behind it.
/// </summary>
public sealed partial class DemoTickets
{
    static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    readonly IServiceProvider _service;
    readonly PastClock _clock = new();
    readonly ServiceDatabase _database;
    readonly TicketDesk _desk;
    readonly TimerActions _timers;
    readonly ILogger _log;

    DemoTickets(IServiceProvider service)
    {
        _service = service;
        var rules = service.GetRequiredService<TicketRules>();
        var tickets = service.GetRequiredService<TicketTable>();
        var events = service.GetRequiredService<EventLog>();
        _database = new ServiceDatabase(
            service.GetRequiredService<RouteFollower>(), new EventLog(events.Service, events.Keys, _clock), _clock, service.GetRequiredService<ILogger<ServiceDatabase>>());
        _desk = new TicketDesk(
            _database, tickets, service.GetRequiredService<UsersDirectory>(), service.GetRequiredService<ReferenceChecks>(), service.GetRequiredService<RefusedActions>(), rules, _clock);
        _timers = service.GetRequiredService<TimerActions>();
        _log = service.GetRequiredService<ILogger<DemoTickets>>();
    }

    /// <summary>
    /// Keeps timers waiting, before the service starts: those of tickets that a start before this one has left half told are of the
    /// past. Until <see cref="MakeAsync"/> is over, or <see cref="LetTimersGo"/>.
    /// </summary>
    /// <param name="ticketsService">The container of the tickets service's application.</param>
    public static void HoldTimers(IServiceProvider ticketsService) => ticketsService.GetRequiredService<TimerHold>().Take();

    public static void LetTimersGo(IServiceProvider ticketsService) => ticketsService.GetRequiredService<TimerHold>().Release();

    /// <summary>Makes them where there is no ticket, and goes on where a start before this one was cut off.</summary>
    /// <param name="people">Of the demo organisation, in an order that stays.</param>
    /// <returns>Whether anything was made.</returns>
    public static async Task<bool> MakeAsync(IServiceProvider ticketsService, IReadOnlyList<DemoColleague> people, CancellationToken ct)
    {
        try
        {
            return DemoOffice.IsWhole(people) && await new DemoTickets(ticketsService).RunAsync(people, ct);
        }
        finally
        {
            LetTimersGo(ticketsService);
        }
    }

    /// <summary>Some of the tickets, the same ones each time, with those who raised them: to hang something on.</summary>
    public static Task<IReadOnlyList<(Guid Id, string? Number, string Title, Guid RequesterId)>> SomeAsync(IServiceProvider ticketsService, int count, CancellationToken ct) =>
        ticketsService.GetRequiredService<ServiceDatabase>().ReadAsync<IReadOnlyList<(Guid, string?, string, Guid)>>(async connection => (await connection.QueryAsync<(Guid, string?, string, Guid)>(new CommandDefinition(
            """
            SELECT id, number, title, requester_id FROM tickets
            WHERE number IS NOT NULL AND NOT is_deleted ORDER BY number_year DESC, number_in_year DESC LIMIT @count
            """,
            new { count },
            cancellationToken: ct))).AsList(), ct);

    async Task<bool> RunAsync(IReadOnlyList<DemoColleague> people, CancellationToken ct)
    {
        var now = _service.GetRequiredService<TimeProvider>().GetUtcNow();
        var steps = DemoPlan.Steps(people, now, _desk.Rules.TimeZone);
        var (done, others) = await _database.ReadAsync(async connection => (
            (await connection.QueryAsync<string>(new CommandDefinition(
                "SELECT DISTINCT correlation_id FROM tickets_events WHERE correlation_id = ANY(@traces)", new { traces = steps.Select(s => s.Trace).ToArray() }, cancellationToken: ct))).ToHashSet(StringComparer.Ordinal),
            await connection.ExecuteScalarAsync<bool>(new CommandDefinition("SELECT EXISTS (SELECT FROM tickets)", cancellationToken: ct))), ct);
        var left = steps.Where(s => !done.Contains(s.Trace)).ToList();
        if (left.Count == 0 || (done.Count == 0 && others))
        {
            return false;
        }

        await ReplicasAsync(people, ct);
        await CategoriesAsync(people, steps[0].At, ct);
        var stuck = new HashSet<int>();
        foreach (var step in left.Where(s => !stuck.Contains(s.Ticket)))
        {
            await TimersAsync(step.At, ct);
            _clock.Now = step.At;
            try
            {
                await DoAsync(step, ct);
            }
            catch (Refusal e) when (e.Code.Status != 503)
            {
                // Somebody was quicker, and did something else with it.
                stuck.Add(step.Ticket);
                Left(_log, step.Ticket, step.Action, DatabaseFaults.Describe(e));
            }
        }

        await TimersAsync(now, ct);
        return true;
    }

    Task<Answer<TicketView>> DoAsync(DemoStep step, CancellationToken ct)
    {
        var id = DemoStep.IdOf(step.Ticket);
        var caller = step.By.Calls(step.Trace);
        return step.Body is CreateTicketRequest raised
            ? CreateTicket.RaiseAsync(id, raised, caller, _desk, ct)
            : TicketActions.Find(step.Action)!.RunAsync(_desk, id, JsonSerializer.SerializeToElement(step.Body, step.Body.GetType(), Json.Tolerant), caller, Preconditions.None, ct);
    }

    /// <summary>What comes due by itself before <paramref name="until"/>, each at its time.</summary>
    async Task TimersAsync(DateTimeOffset until, CancellationToken ct)
    {
        while (await _database.ReadAsync(c => TimerTable.DueAsync(c, until, 1, [], ct), ct) is [var timer])
        {
            // A change can set one that was due before it.
            _clock.Now = timer.Due > _clock.Now ? timer.Due : _clock.Now;
            await _database.WriteAsync(Caller.System(), unit => _timers.FireAsync(unit, timer), ct);
        }
    }

    /// <summary>Waits until the service has heard of everybody.</summary>
    async Task ReplicasAsync(IReadOnlyList<DemoColleague> people, CancellationToken ct)
    {
        var ids = people.Select(p => p.Id).ToArray();
        var departments = people.Select(p => p.DepartmentId).Distinct().ToArray();
        while (!await _database.ReadAsync(c => c.ExecuteScalarAsync<bool>(new CommandDefinition(
            """
            SELECT (SELECT count(*) FROM tickets_replica_users WHERE id = ANY(@ids)) = cardinality(@ids)
               AND (SELECT count(*) FROM tickets_replica_departments WHERE id = ANY(@departments) AND head_id IS NOT NULL) = cardinality(@departments)
            """,
            new { ids, departments },
            cancellationToken: ct)), ct))
        {
            await Task.Delay(Look, ct);
        }
    }

    /// <summary>The categories that the tickets have, before the first of them.</summary>
    async Task CategoriesAsync(IReadOnlyList<DemoColleague> people, DateTimeOffset before, CancellationToken ct)
    {
        _clock.Now = before.AddHours(-1);
        await _database.WriteAsync(Caller.System(), async unit =>
        {
            foreach (var (department, texts) in DemoTexts.Of)
            {
                var id = people.First(p => p.Department == department).DepartmentId;
                foreach (var name in texts.Select(t => t.Category).Distinct(StringComparer.Ordinal))
                {
                    if (await unit.SingleAsync<bool>("SELECT NOT EXISTS (SELECT FROM categories WHERE lower(name) = lower(@name) AND department_id = @id)", new { name, id }))
                    {
                        await CategoryTable.InsertAsync<CategoryCreated>(unit, new Category { Name = name, DepartmentId = id, IsActive = true });
                    }
                }
            }
        }, ct);
    }

    [LoggerMessage(440, LogLevel.Warning, "Demo ticket {Ticket} stays as it is, for {Action} is not possible: {Reason}")]
    static partial void Left(ILogger logger, int ticket, string action, string reason);
}
