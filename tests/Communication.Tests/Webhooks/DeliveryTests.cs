using System.Net;
using Hdms.Communication.Webhooks;
using Hdms.Contracts;
using Hdms.Kit.Problems;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Communication.Tests.Webhooks;

/// <summary>What comes to a receiver: signed, once when all goes well, and again and again when not.</summary>
public sealed class DeliveryTests(NearApi near) : IClassFixture<NearApi>
{
    static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    readonly CommunicationApi api = near.Api;

    [Fact]
    public async Task A_tickets_way_and_its_talk_come_signed_with_ids_and_numbers_and_nothing_that_was_written()
    {
        await using var receiver = await Receiver.StartAsync();
        var hook = await api.RegisterAsync(receiver.Url);
        var ticket = await api.AssignedAsync();
        var said = await api.SayAsync(api.World.Requester, ticket.Id, "Hush");

        await Eventually.ShouldAsync(() => Task.FromResult(receiver.Received.Any(r => r.Type == "message.posted.v1") && receiver.Received.Any(r => r.Type == "ticket.assigned.v1")));

        receiver.Received.ShouldAllBe(r => r.IsSignedBy(hook.Secret));
        receiver.Received.ShouldAllBe(r => r.Json.GetProperty("id").GetString() == r.Id);
        receiver.Received.ShouldAllBe(r => !r.Body.Contains("Hush") && !r.Body.Contains("printer") && !r.Body.Contains($"{api.World.Requester.Id}"));
        receiver.Received.Select(r => r.Type).ShouldNotContain("ticket.drafted.v1");
        var assigned = receiver.Received.Single(r => r.Type == "ticket.assigned.v1").Json;
        assigned.GetProperty("timestamp").GetDateTimeOffset().ShouldBe(api.Clock.GetUtcNow(), TimeSpan.FromMinutes(1));
        assigned.GetProperty("data").GetProperty("ticket_id").GetGuid().ShouldBe(ticket.Id);
        assigned.GetProperty("data").GetProperty("number").GetString().ShouldBe(ticket.Number);
        assigned.GetProperty("data").GetProperty("version").GetInt64().ShouldBe(ticket.Version);
        receiver.Received.Single(r => r.Type == "message.posted.v1").Json.GetProperty("data").GetProperty("message_id").GetGuid().ShouldBe(said.Id);
    }

    [Fact]
    public async Task Only_the_chosen_events_come_and_none_of_before()
    {
        await using var receiver = await Receiver.StartAsync();
        await api.AssignedAsync();
        api.Clock.Advance(Moment);
        var hook = await api.RegisterAsync(receiver.Url, "ticket.assigned.v1");
        var later = await api.AssignedAsync();
        await api.ReadAsync();

        await receiver.HasAsync(1);
        (await api.LogAsync(hook.Webhook.Id)).Select(d => d.EventType).ShouldBe(["ticket.assigned.v1"]);
        receiver.Received.Single().Json.GetProperty("data").GetProperty("ticket_id").GetGuid().ShouldBe(later.Id);
    }

    [Fact]
    public async Task A_draft_is_told_to_nobody()
    {
        await using var receiver = await Receiver.StartAsync();
        var hook = await api.RegisterAsync(receiver.Url, "ticket.edited.v1");
        var draft = await api.Desk(api.World.Requester).DoAsync<TicketView>(
            HttpMethod.Post, Acts.Tickets, new CreateTicketRequest("Not yet", "Later.", Priority.Medium, "hardware", api.World.It));
        await api.Desk(api.World.Requester).DoAsync<TicketView>(HttpMethod.Patch, $"{Acts.Tickets}/{draft.Id}", new EditTicketRequest { Title = "Not quite yet" });
        await api.ReadAsync();

        (await api.LogAsync(hook.Webhook.Id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task While_a_secret_is_replaced_both_sign_and_then_the_new_one_alone()
    {
        await using var receiver = await Receiver.StartAsync();
        var before = await api.RegisterQuietAsync(receiver.Url);
        var id = before.Webhook.Id;
        var after = await api.Admin().DoAsync<WebhookSecret>(HttpMethod.Post, $"{Hooks.Path}/{id}/rotate", new RotateWebhookSecretRequest(2));
        after.Secret.ShouldNotBe(before.Secret);
        after.Webhook.OldSecretUntil!.Value.ShouldBe(api.Clock.GetUtcNow().AddHours(2), TimeSpan.FromMinutes(1));

        await api.TestAsync(id);
        await receiver.HasAsync(1);
        receiver.Received[0].IsSignedBy(before.Secret).ShouldBeTrue();
        receiver.Received[0].IsSignedBy(after.Secret).ShouldBeTrue();

        api.Clock.Advance(TimeSpan.FromHours(2.1));
        await api.TestAsync(id);
        await receiver.HasAsync(2);
        receiver.Received[1].IsSignedBy(before.Secret).ShouldBeFalse();
        receiver.Received[1].IsSignedBy(after.Secret).ShouldBeTrue();
    }

    [Fact]
    public async Task Two_secrets_live_at_most()
    {
        await using var receiver = await Receiver.StartAsync();
        var first = await api.RegisterQuietAsync(receiver.Url);
        var second = await RotateAsync();
        var third = await RotateAsync();
        await api.TestAsync(first.Webhook.Id);

        await receiver.HasAsync(1);
        new[] { first, second, third }.Select(s => receiver.Received[0].IsSignedBy(s.Secret)).ShouldBe([false, true, true]);

        Task<WebhookSecret> RotateAsync() => api.Admin().DoAsync<WebhookSecret>(HttpMethod.Post, $"{Hooks.Path}/{first.Webhook.Id}/rotate", new RotateWebhookSecretRequest());
    }

    [Fact]
    public async Task What_fails_comes_again_by_the_schedule_under_the_same_id_and_is_given_up_in_the_end()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Says(500, "Not <now>");
        var hook = await api.RegisterQuietAsync(receiver.Url);
        var delivery = await api.TestAsync(hook.Webhook.Id);
        var tried = await api.TriedAsync(delivery, 1);
        while (tried.Delivery.NextAttemptAt is { } next)
        {
            var wait = WebhookRules.Retries[tried.AllAttempts.Count - 1];
            (next - tried.AllAttempts[^1].At).ShouldBeInRange(wait, (wait * (1 + WebhookRules.Jitter)) + TimeSpan.FromSeconds(10));
            api.Clock.Advance(next - api.Clock.GetUtcNow() + Moment);
            tried = await api.TriedAsync(delivery, tried.Delivery.Attempts + 1);
        }

        tried.Delivery.State.ShouldBe(WebhookDeliveryState.Failed);
        tried.AllAttempts.Zip(tried.AllAttempts.Skip(1), (a, b) => b.At - a.At).Zip(WebhookRules.Retries).ShouldAllBe(gap => gap.First >= gap.Second);
        tried.AllAttempts.Select(a => (a.Number, a.Status, a.Error, a.Answer)).ShouldBe(Enumerable.Range(1, 7).Select(n => (n, (int?)500, (string?)"answered 500", (string?)"Not <now>")));
        receiver.Received.Select(r => r.Id).Distinct().ShouldBe([$"{delivery.Id}"]);
        receiver.Received.ShouldAllBe(r => r.IsSignedBy(hook.Secret) && r.Body == tried.Body);
        receiver.Received.Select(r => r.At).ShouldBeInOrder(SortDirection.Ascending);
        (receiver.Received[^1].At - receiver.Received[0].At).ShouldBeGreaterThan(TimeSpan.FromHours(17.5));
    }

    [Fact]
    public async Task What_comes_through_at_last_is_delivered_and_the_webhook_is_well_again()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Says(503);
        var hook = await api.RegisterQuietAsync(receiver.Url);
        var delivery = await api.TestAsync(hook.Webhook.Id);
        await api.TriedAsync(delivery, 1);
        (await api.WebhookAsync(hook.Webhook.Id)).ShouldSatisfyAllConditions(w => w.FailingSince.ShouldNotBeNull(), w => w.LastStatus.ShouldBe(503));

        receiver.Says(200, "Thanks");
        api.Clock.Advance(TimeSpan.FromMinutes(6));
        await Eventually.ShouldAsync(async () => (await api.DeliveryAsync(delivery)).Delivery.State == WebhookDeliveryState.Delivered);

        (await api.DeliveryAsync(delivery)).AllAttempts.Select(a => a.Status).Distinct().ShouldBe([503, 200]);
        (await api.WebhookAsync(hook.Webhook.Id)).ShouldSatisfyAllConditions(w => w.FailingSince.ShouldBeNull(), w => w.LastStatus.ShouldBe(200));
    }

    [Fact]
    public async Task A_redirect_is_a_failure_and_is_not_followed()
    {
        await using var elsewhere = await Receiver.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (_, http) =>
        {
            http.Response.Headers.Location = elsewhere.Url;
            return Receiver.Say(http, 307);
        };
        var hook = await api.RegisterQuietAsync(receiver.Url);

        var tried = await api.TriedAsync(await api.TestAsync(hook.Webhook.Id), 1);

        tried.Delivery.LastError.ShouldBe("answered 307; redirects are not followed");
        elsewhere.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_a_long_answer_the_beginning_is_kept_and_a_late_one_is_not_waited_for()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Says(400, "é\0" + new string('x', 100_000));
        var hook = await api.RegisterQuietAsync(receiver.Url);
        var tried = await api.TriedAsync(await api.TestAsync(hook.Webhook.Id), 1);
        tried.AllAttempts[0].Answer!.ShouldStartWith("é\uFFFDxxx");
        tried.AllAttempts[0].Answer!.Length.ShouldBeInRange(1000, 1024);

        receiver.Answer = (_, http) => Task.Delay(Timeout.Infinite, http.RequestAborted);
        tried = await api.TriedAsync(await api.TestAsync(hook.Webhook.Id), 1);
        tried.Delivery.LastError.ShouldBe("no answer in 5 s");
        tried.Delivery.State.ShouldBe(WebhookDeliveryState.Pending);
    }

    [Fact]
    public async Task Gone_turns_the_webhook_off_and_gives_up_what_waits_until_it_is_turned_on_and_replayed()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Says(500);
        var hook = await api.RegisterQuietAsync(receiver.Url);
        var id = hook.Webhook.Id;
        var waiting = await api.TestAsync(id);
        await api.TriedAsync(waiting, 1);
        api.Clock.Advance(TimeSpan.FromSeconds(6));
        await api.TriedAsync(waiting, 2);
        receiver.Says(410);
        var gone = await api.TestAsync(id);
        (await api.TriedAsync(gone, 1)).Delivery.State.ShouldBe(WebhookDeliveryState.Failed);

        (await api.WebhookAsync(id)).ShouldSatisfyAllConditions(w => w.IsActive.ShouldBeFalse(), w => w.OffReason.ShouldBe(WebhookOffReason.Gone));
        (await api.LogAsync(id)).ShouldAllBe(d => d.State == WebhookDeliveryState.Failed);
        await api.Admin().PostAsync($"{Hooks.Path}/{id}/deliveries/{gone.Id}/replay", null).ShouldBeAsync(Codes.InvalidTransition);
        (await api.Admin().GetStringAsync("/api/v1/communication/doctor")).ShouldContain("410");

        receiver.Says(204);
        (await api.ChangeAsync(id, new ChangeWebhookRequest { IsActive = true })).OffReason.ShouldBeNull();
        (await api.Admin().DoAsync<WebhookReplay>(HttpMethod.Post, $"{Hooks.Path}/{id}/replay", new ReplayWebhookRequest(waiting.CreatedAt))).Replayed.ShouldBe(2);
        (await api.TriedAsync(waiting, 3)).Delivery.State.ShouldBe(WebhookDeliveryState.Delivered);
        (await api.TriedAsync(gone, 2)).Delivery.State.ShouldBe(WebhookDeliveryState.Delivered);
        receiver.Received.Count(r => r.Id == $"{gone.Id}").ShouldBe(2, "the same id");
    }

    [Fact]
    public async Task A_webhook_that_nothing_reaches_for_five_days_is_turned_off()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Says(500);
        var hook = await api.RegisterQuietAsync(receiver.Url);
        await api.TriedAsync(await api.TestAsync(hook.Webhook.Id), 1);
        (await api.WebhookAsync(hook.Webhook.Id)).IsActive.ShouldBeTrue();
        api.Clock.Advance(TimeSpan.FromDays(5));
        await Eventually.ShouldAsync(async () => !(await api.WebhookAsync(hook.Webhook.Id)).IsActive);

        (await api.WebhookAsync(hook.Webhook.Id)).OffReason.ShouldBe(WebhookOffReason.Failing);

        await api.ChangeAsync(hook.Webhook.Id, new ChangeWebhookRequest { IsActive = true });
        await api.TriedAsync(await api.TestAsync(hook.Webhook.Id), 1);
        (await api.WebhookAsync(hook.Webhook.Id)).IsActive.ShouldBeTrue("it has begun anew");
    }

    [Fact]
    public async Task What_was_sent_and_not_written_down_is_sent_again_under_the_same_id()
    {
        await using var receiver = await Receiver.StartAsync();
        // As when the process is killed between the answer and the commit.
        await api.Database.ExecuteAsync(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''killed''; END';
            CREATE TRIGGER refuse BEFORE INSERT ON webhook_attempts FOR EACH ROW EXECUTE FUNCTION refuse();
            """);
        var hook = await api.RegisterQuietAsync(receiver.Url);
        var delivery = await api.TestAsync(hook.Webhook.Id);
        await receiver.HasAsync(1);
        await Eventually.ShouldAsync(() => api.Database.ScalarAsync<bool>("SELECT claimed_until IS NOT NULL AND attempts = 0 FROM webhook_deliveries WHERE id = @Id", new { delivery.Id })!);
        await api.Database.ExecuteAsync("DROP FUNCTION refuse CASCADE");
        api.Clock.Advance(TimeSpan.FromMinutes(1));

        (await api.TriedAsync(delivery, 1)).Delivery.State.ShouldBe(WebhookDeliveryState.Delivered);
        await receiver.HasAsync(2);
        receiver.Received.Select(r => r.Id).ShouldBe([$"{delivery.Id}", $"{delivery.Id}"]);
        receiver.Received.ShouldAllBe(r => r.IsSignedBy(hook.Secret));
    }

    [Fact]
    public async Task Two_instances_send_each_delivery_once()
    {
        await using var other = await api.StartAnotherAsync();
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = async (_, http) =>
        {
            // Long enough for the other instance to come by while it is under way.
            await Task.Delay(20);
            await Receiver.Say(http, 200);
        };
        var hook = await api.RegisterAsync(receiver.Url);
        var ticket = await api.SubmittedAsync();
        for (var n = 0; n < 40; n++)
            await api.SayAsync(api.World.Requester, ticket.Id, $"{n}");
        await api.ReadAsync();

        await Eventually.ShouldAsync(async () => (await api.LogAsync(hook.Webhook.Id)) is var log && log.Count >= 41 && log.All(d => d.State == WebhookDeliveryState.Delivered));
        receiver.Received.Select(r => r.Id).ShouldBeUnique();
        receiver.Received.Where(r => r.Type == "message.posted.v1").Select(r => r.Json.GetProperty("data").GetProperty("message_number").GetInt32()).Order().ShouldBe(Enumerable.Range(1, 40));
        (await api.LogAsync(hook.Webhook.Id)).ShouldAllBe(d => d.Attempts == 1);
        await other.StopAsync();
    }

    [Fact]
    public async Task A_slow_receiver_holds_up_nobody_else()
    {
        await using var slow = await Receiver.StartAsync();
        slow.Answer = (_, http) => Task.Delay(Timeout.Infinite, http.RequestAborted);
        await using var quick = await Receiver.StartAsync();
        var held = await api.RegisterQuietAsync(slow.Url);
        for (var n = 0; n < 30; n++)
            await api.TestAsync(held.Webhook.Id);
        await slow.HasAsync(1);

        var hook = await api.RegisterQuietAsync(quick.Url);
        await api.TestAsync(hook.Webhook.Id);
        await quick.HasAsync(1);

        (await api.LogAsync(held.Webhook.Id, "&state=delivered")).ShouldBeEmpty();
        await api.Admin().DeleteAsync($"{Hooks.Path}/{held.Webhook.Id}").ShouldBeAsync(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Of_a_deleted_webhook_nothing_more_is_sent_and_nothing_is_left()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Says(500);
        var hook = await api.RegisterQuietAsync(receiver.Url);
        var id = hook.Webhook.Id;
        await api.TriedAsync(await api.TestAsync(id), 1);
        await api.Admin().DeleteAsync($"{Hooks.Path}/{id}").ShouldBeAsync(HttpStatusCode.NoContent);
        var until = receiver.Received.Count;
        api.Clock.Advance(TimeSpan.FromMinutes(10));
        var marker = await api.RegisterQuietAsync(receiver.Url);
        await api.TriedAsync(await api.TestAsync(marker.Webhook.Id), 1);

        receiver.Received.Count.ShouldBe(until + 1, "the marker alone");
        await api.Admin().GetAsync($"{Hooks.Path}/{id}").ShouldBeAsync(Codes.NotFound);
        await api.Admin().GetAsync($"{Hooks.Path}/{id}/deliveries").ShouldBeAsync(Codes.NotFound);
        await api.Services.GetRequiredService<WebhookCleaner>().CleanAsync(CancellationToken.None);
        (await api.Database.ScalarAsync<long>("SELECT (SELECT count(*) FROM webhook_deliveries WHERE webhook_id = @id) + (SELECT count(*) FROM webhook_secrets WHERE webhook_id = @id)", new { id })).ShouldBe(0);
    }

    [Fact]
    public async Task What_was_delivered_is_kept_for_thirty_days()
    {
        await using var receiver = await Receiver.StartAsync();
        var hook = await api.RegisterQuietAsync(receiver.Url);
        var delivery = await api.TestAsync(hook.Webhook.Id);
        await api.TriedAsync(delivery, 1);
        var cleaner = api.Services.GetRequiredService<WebhookCleaner>();

        api.Clock.Advance(TimeSpan.FromDays(29));
        await cleaner.CleanAsync(CancellationToken.None);
        (await api.LogAsync(hook.Webhook.Id)).Count.ShouldBe(1);
        api.Clock.Advance(TimeSpan.FromDays(1.1));
        await cleaner.CleanAsync(CancellationToken.None);
        (await api.LogAsync(hook.Webhook.Id)).ShouldBeEmpty();
        (await api.Database.ScalarAsync<long>("SELECT count(*) FROM webhook_attempts WHERE delivery_id = @Id", new { delivery.Id })).ShouldBe(0);
    }
}
