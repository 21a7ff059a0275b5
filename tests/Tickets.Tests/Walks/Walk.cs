using System.Net;
using System.Text.Json;
using Dapper;
using Hdms.Contracts;
using Hdms.Tickets.Lifecycle;
using Hdms.Tickets.Tickets;
using Npgsql;

namespace Hdms.Tickets.Tests.Walks;

/// <summary>One thing that somebody tries, or time that passes; what exactly, the walk decides by the three numbers.</summary>
sealed record Step(int Who, int What, int Seed);

/// <summary>A ticket's way through many hands, held against the lifecycle at every step.</summary>
/// <param name="database">One connection for all that a walk looks up.</param>
sealed class Walk(TicketsApi api, NpgsqlConnection database)
{
    static readonly string[] Tried = [.. TicketLifecycle.Actions.Except(["create", "link"])];

    /// <summary>They end a ticket, so they come seldom; else most walks would be short.</summary>
    static readonly string[] Endings = ["discard", "reject", "force_close", "merge", "withdraw", "reject_approval"];

    static readonly string[] Undoable = ["assign", "confirm_review", "reject", "reassign", "postpone"];

    readonly List<string> _story = [];
    Guid _id;
    Guid _other;
    Held? _held;

    /// <summary>How many steps were carried out, of how many that were tried.</summary>
    public (int Done, int Tried) Sum { get; private set; }

    public async Task GoAsync(IReadOnlyList<Step> steps)
    {
        _other = (await api.SubmittedAsync()).Id;
        _id = (await api.As(api.World.Requester).DoAsync<TicketView>(HttpMethod.Post, TicketActs.Path, TicketActs.New(api.World.It))).Id;
        try
        {
            foreach (var step in steps)
                await TakeAsync(step);
            await SettleAsync();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message}\nThe ticket's story:\n  {string.Join("\n  ", _story)}", e);
        }
    }

    async Task TakeAsync(Step step)
    {
        var random = new Random(step.Seed);
        if (random.Next(12) == 0)
        {
            var by = new[] { TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(16), TimeSpan.FromHours(5), TimeSpan.FromDays(1), TimeSpan.FromDays(3) }[step.What % 5];
            _story.Add($"{by} pass");
            api.Clock.Advance(by);
            return;
        }

        // What comes by itself in between makes it another version; then it is another step.
        while (!await TryAsync(step, random))
        {
        }
    }

    async Task<bool> TryAsync(Step step, Random random)
    {
        var before = await SettleAsync();
        var (name, actor) = Who(step.Who, before.Ticket, random);
        var client = api.As(actor);
        var seen = await SeeAsync(client);
        var offered = seen?.AllowedActions ?? [];
        var action = What(step.What, offered, random);
        var body = Arguments.Of(action, random, api.World, _other, api.Clock.GetUtcNow());
        using var answer = await SendAsync(client, action, body, seen?.Version);
        if (answer.StatusCode == HttpStatusCode.PreconditionFailed)
            return false;

        var text = await answer.Content.ReadAsStringAsync();
        var code = answer.IsSuccessStatusCode ? null : JsonDocument.Parse(text).RootElement.GetProperty("code").GetString();
        _story.Add($"{name} {action} {JsonSerializer.Serialize(body, Json.Tolerant)}, {before.Ticket.Status}: {(int)answer.StatusCode} {code}");
        var after = await ReadAsync();
        Sum = (Sum.Done + (code is null ? 1 : 0), Sum.Tried + 1);
        if (code is null)
            ShouldLead(action, before, after, text);
        else if (offered.Contains(action))
            Arguments.MayBeRefused.GetValueOrDefault(action, []).ShouldContain(code, $"{action} was offered: {text}");
        else
            new[] { 403, 404, 409, 422 }.ShouldContain((int)answer.StatusCode, text);

        if (!offered.Contains(action))
            StateOf(after, before).Version.ShouldBe(before.Version, $"{action} was not offered");
        if (code is null && Undoable.Contains(action) && random.Next(2) == 0 && after.Ticket.UndoBy == actor.Id)
            await UndoAsync(client, before, seen!);
        return true;
    }

    /// <summary>What the answer shows is where a row of the lifecycle leads, for somebody who may take it.</summary>
    static void ShouldLead(string action, Held before, Held after, string answer)
    {
        var version = answer.Length == 0 ? before.Version + 1 : JsonDocument.Parse(answer).RootElement.GetProperty("version").GetInt64();
        var state = after.Events[(int)version - 1].Ticket;
        TicketLifecycle.Table.ShouldContain(
            t => t.Action == action && t.Starts(before.Ticket.Status) && t.LeadsTo(before.Ticket, state), $"{action} led from {before.Ticket.Status} to {state.Status}");
    }

    /// <summary>Right after the action, undoing it puts everything back.</summary>
    async Task UndoAsync(HttpClient client, Held before, TicketView seen)
    {
        using var answer = await client.TryAsync(_id, "undo");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        _story.Add("and undoes it");
        var undone = JsonSerializer.Deserialize<TicketView>(await answer.Content.ReadAsStringAsync(), Json.Tolerant)!;
        var after = await ReadAsync();
        var state = after.Events[(int)undone.Version - 1].Ticket;
        if (state.Version == after.Version)
            after.RowButVersion.ShouldBe(before.RowButVersion);
        Comparable(undone).ShouldBe(Comparable(seen));
        after.PendingRequests.ShouldBe(before.PendingRequests, ignoreOrder: true);
    }

    /// <summary>What a ticket shows, but for its version, what can be undone, and what the time of day makes of it.</summary>
    static string Comparable(TicketView view) => JsonSerializer.Serialize(
        view with
        {
            Version = 0,
            UpdatedAt = default,
            UndoUntil = null,
            NeedsAttention = false,
            AllowedActions = [.. view.AllowedActions.Except(["undo"])],
            Sla = view.Sla is null ? null : view.Sla with { TimeRemaining = null, State = null },
        },
        Json.Tolerant);

    /// <summary>The ticket when everything that is due by itself has been done.</summary>
    async Task<Held> SettleAsync()
    {
        await Eventually.ShouldAsync(async () => !await database.ExecuteScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM ticket_timers WHERE due_at <= @now)", new { now = api.Clock.GetUtcNow() }));
        return await ReadAsync();
    }

    async Task<Held> ReadAsync()
    {
        var known = _held?.Events.Count ?? 0;
        _held = await Held.ReadAsync(database, _id, _held);
        foreach (var e in _held.Events.Skip(known))
            _story.Add($"    {e.Type} {e.Ticket.Status} at {e.Ticket.UpdatedAt:u}");
        _held.ShouldHold();
        _held.Events.StepsShouldHold(known);
        return _held;
    }

    /// <summary>As the answer left it: what came by itself since is not the caller's.</summary>
    static Ticket StateOf(Held after, Held before) =>
        after.Events.Skip(before.Events.Count).All(e => e.Type is "ticket.enqueued.v1") ? before.Ticket : after.Ticket;

    async Task<TicketView?> SeeAsync(HttpClient client)
    {
        using var answer = await client.GetAsync($"{TicketActs.Path}/{_id}");
        return answer.StatusCode == HttpStatusCode.NotFound ? null : await answer.ReadAsync<TicketView>();
    }

    Task<HttpResponseMessage> SendAsync(HttpClient client, string action, object body, long? version) => action switch
    {
        "edit" => client.PatchAsync($"{TicketActs.Path}/{_id}", body, version),
        "discard" => client.SendAsync(HttpMethod.Delete, $"{TicketActs.Path}/{_id}", version: version),
        _ => client.TryAsync(_id, action, body, version),
    };

    (string Name, TestUser User) Who(int who, Ticket ticket, Random random)
    {
        var world = api.World;
        var everybody = world.Everybody.OrderBy(u => u.Code, StringComparer.Ordinal).ToArray();
        var user = (who % 12) switch
        {
            0 or 1 => world.Requester,
            2 or 3 or 4 => world.Moderator,
            5 => world.OtherModerator,
            6 or 7 or 8 => Known(ticket.AssigneeId) ?? world.Moderator,
            9 or 10 => Known(ticket.PendingApprovers.Select(a => (Guid?)a).FirstOrDefault()) ?? Known(ticket.AssigneeId) ?? world.Requester,
            _ => everybody[random.Next(everybody.Length)],
        };
        return (user.Code, user);

        TestUser? Known(Guid? id) => everybody.FirstOrDefault(u => u.Id == id);
    }

    static string What(int what, IReadOnlyList<string> offered, Random random)
    {
        var sensible = offered.Except(["link"]).ToArray();
        if (sensible.Length == 0 || random.Next(4) == 0)
            return Tried[what % Tried.Length];
        var going = sensible.Except(Endings).ToArray();
        var among = going.Length > 0 && random.Next(8) > 0 ? going : sensible;
        return among[what % among.Length];
    }
}
