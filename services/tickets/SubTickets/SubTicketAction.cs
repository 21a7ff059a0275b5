using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Tickets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Tickets.SubTickets;

/// <summary>An action of the sub-tickets' lifecycle: what it asks for and what it does.</summary>
/// <typeparam name="TRequest">The body.</typeparam>
/// <param name="apply">Changes the locked sub-ticket, in the unit of work.</param>
sealed class SubTicketAction<TRequest>(string name, string summary, Func<SubAct<TRequest>, Task<SubTicket>> apply)
    where TRequest : class, IActionRequest
{
    /// <summary>What is wrong with the request by itself.</summary>
    public Action<TRequest, Checks> Check { get; init; } = static (_, _) => { };

    /// <summary>The problems that it can cause beside those of every action.</summary>
    public IReadOnlyList<ProblemCode> Problems { get; init; } = [];

    public void Map(IEndpointRouteBuilder api) => api.MapPost($"/subtickets/{{id:guid}}/{name}", HandleAsync)
        .WithName($"{char.ToUpperInvariant(name[0])}{name[1..]}SubTicket")
        .WithTags("Sub-tickets")
        .WithSummary(summary)
        .WithProblems([Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.VersionConflict, Codes.PreconditionFailed, .. Problems]);

    async Task<Answer<SubTicketView>> HandleAsync(
        Guid id, [FromBody(EmptyBodyBehavior = EmptyBodyBehavior.Allow)] TRequest? body, Caller caller, Preconditions preconditions, TicketDesk desk, CancellationToken ct)
    {
        var request = body ?? ActionBody.Read<TRequest>(null);
        var check = new Checks();
        Check(request, check);
        check.Done();
        var isSeen = false;
        try
        {
            return await desk.Database.AnswerAsync(caller, async unit =>
            {
                var situation = await SubSituation.LockAsync(desk, unit, id);
                isSeen = true;
                SubTicketLifecycle.MustBeTheirs(situation, name);
                await preconditions.RequireAsync(unit, id, situation.Sub.Version, request.Version);
                SubTicketLifecycle.MustAllow(situation, name);
                var after = await apply(new SubAct<TRequest>(unit, situation, request, desk));
                return Answer.Ok(await SubTicketViewing.OneAsync(unit.Connection, situation with { Sub = after }, ct), after.Version);
            }, ct);
        }
        catch (Refusal refusal) when (isSeen)
        {
            throw await desk.Refused.RecordAsync(id, name, caller, refusal, ct);
        }
    }
}

/// <summary>An action at work, within its unit of work: the locked sub-ticket, who acts and what was asked for.</summary>
sealed record SubAct<TRequest>(UnitOfWork Unit, SubSituation Situation, TRequest Request, TicketDesk Desk)
{
    public SubTicket Sub => Situation.Sub;

    /// <summary>Writes the sub-ticket; <c>SubTicketTable.SaveAsync</c>.</summary>
    public Task<SubTicket> SaveAsync<T>(SubTicket after, string? reason = null, Func<T, T>? with = null)
        where T : SubTicketState, new() => SubTicketTable.SaveAsync(Unit, Sub, after, reason, with);

    /// <summary>As <see cref="SaveAsync"/>, for what changes how many of the parent's parts are open.</summary>
    public async Task<SubTicket> SaveCountedAsync<T>(SubTicket after, string? reason = null, Func<T, T>? with = null)
        where T : SubTicketState, new()
    {
        var saved = await SaveAsync(after, reason, with);
        await SubTicketCounts.SaveAsync(Unit, Situation.Parent.Ticket, Desk.Tickets);
        return saved;
    }
}
