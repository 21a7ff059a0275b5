using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Organisation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.Tickets;

/// <summary>An action of the lifecycle: what it asks for and what it does. Routes, the bulk job and <c>PATCH …/status</c> all come here.</summary>
abstract class TicketAction(string name, string summary)
{
    /// <summary>As in the lifecycle's table and in the address.</summary>
    public string Name { get; } = name;

    protected string Summary { get; } = summary;

    /// <summary>The problems that it can cause beside those of every action.</summary>
    public IReadOnlyList<ProblemCode> Problems { get; init; } = [];

    public abstract void Map(IEndpointRouteBuilder api);

    /// <param name="body">The request as JSON; null when none came.</param>
    public abstract Task<Answer<TicketView>> RunAsync(TicketDesk desk, TicketKey key, JsonElement? body, Caller caller, Preconditions preconditions, CancellationToken ct);
}

/// <typeparam name="TRequest">The body.</typeparam>
/// <param name="apply">Changes the locked ticket, in the unit of work.</param>
sealed class TicketAction<TRequest>(string name, string summary, Func<Act<TRequest>, Task<Ticket>> apply) : TicketAction(name, summary)
    where TRequest : class, IActionRequest
{
    /// <summary>What is wrong with the request by itself.</summary>
    public Action<TRequest, Checks> Check { get; init; } = static (_, _) => { };

    /// <summary>Asks other services, before the unit of work; what it finds is <see cref="Act{TRequest}.Found"/>.</summary>
    public Func<TRequest, Ticket, TicketDesk, CancellationToken, Task<DepartmentFacts?>>? Ask { get; init; }

    /// <summary>The departments that are asked about before the unit of work; <see cref="Act{TRequest}.Departments"/>.</summary>
    public Func<TRequest, IEnumerable<Guid>>? AskDepartments { get; init; }

    /// <summary>Asks other services whether the people named may be named, before the unit of work.</summary>
    public Func<TRequest, TicketDesk, CancellationToken, Task>? AskPeople { get; init; }

    /// <summary>Adds to what is shown, as a warning.</summary>
    public Func<TicketView, Act<TRequest>, Task<TicketView>>? Show { get; init; }

    public override void Map(IEndpointRouteBuilder api) => api.MapPost($"/tickets/{{id}}/{Name}", HandleAsync)
        .WithName(string.Concat(Name.Split('_').Select(w => char.ToUpperInvariant(w[0]) + w[1..])) + "Ticket")
        .WithTags("Tickets")
        .WithSummary(Summary)
        .WithProblems([Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.VersionConflict, Codes.PreconditionFailed, .. Problems]);

    Task<Answer<TicketView>> HandleAsync(
        string id, [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] TRequest? request, Caller caller, Preconditions preconditions, TicketDesk desk, CancellationToken ct) =>
        RunAsync(desk, TicketKey.Of(id), request ?? ActionBody.Read<TRequest>(null), caller, preconditions, ct);

    public override Task<Answer<TicketView>> RunAsync(
        TicketDesk desk, TicketKey key, JsonElement? body, Caller caller, Preconditions preconditions, CancellationToken ct) =>
        RunAsync(desk, key, ActionBody.Read<TRequest>(body), caller, preconditions, ct);

    async Task<Answer<TicketView>> RunAsync(TicketDesk desk, TicketKey key, TRequest request, Caller caller, Preconditions preconditions, CancellationToken ct)
    {
        var check = new Checks();
        Check(request, check);
        check.Done();
        Guid? seen = null;
        try
        {
            var found = await AskOthersAsync(desk, key, request, caller, ct);
            return await desk.Database.AnswerAsync(caller, async unit =>
            {
                var situation = await desk.LockAsync(unit, key);
                seen = situation.Sight == Sight.Nothing ? null : situation.Ticket.Id;
                Decision.MustBeTheirs(situation, Name);
                await preconditions.RequireAsync(unit, situation.Ticket.Id, situation.Ticket.Version, request.Version);
                var transition = Decision.Of(situation, Name);
                var act = new Act<TRequest>(unit, situation, transition, request, found, desk);
                var after = transition.IsIdle(situation) ? situation.Ticket : await apply(act);
                var view = await TicketViewing.OneAsync(unit.Connection, situation.After(after), ct);
                return Answer.Ok(Show is null ? view : await Show(view, act), after.Version);
            }, ct);
        }
        catch (Refusal refusal) when (seen is not null || refusal is { Code.Status: 403 or 422 })
        {
            seen ??= await desk.Database.ReadAsync(c => TicketTable.FindAsync(c, key, ct), ct) is { } ticket ? ticket.Id : null;
            throw seen is { } id ? await desk.Refused.RecordAsync(id, Name, caller, refusal, ct) : refusal;
        }
    }

    /// <summary>What other services have to say, before the unit of work; not even asked for somebody who may not do it.</summary>
    async Task<Found> AskOthersAsync(TicketDesk desk, TicketKey key, TRequest request, Caller caller, CancellationToken ct)
    {
        var departments = new Dictionary<Guid, DepartmentFacts>();
        if (Ask is null && AskPeople is null && AskDepartments is null)
        {
            return new Found(null, departments);
        }

        var seen = await desk.LookAsync(key, caller, ct);
        Decision.MustBeTheirs(seen, Name);
        var department = Ask is null ? null : await Ask(request, seen.Ticket, desk, ct);
        foreach (var id in AskDepartments?.Invoke(request).Distinct() ?? [])
        {
            departments[id] = await desk.Users.DepartmentAsync(id, "department_id", ct);
        }

        await (AskPeople?.Invoke(request, desk, ct) ?? Task.CompletedTask);
        return new Found(department, departments);
    }
}
