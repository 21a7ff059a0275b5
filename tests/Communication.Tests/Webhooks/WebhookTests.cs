using System.Net;
using Hdms.Communication.Webhooks;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Communication.Tests.Webhooks;

/// <summary>What admins do with webhooks, in an installation that sends nothing into private networks.</summary>
public sealed class WebhookTests(CommunicationApi api) : IClassFixture<CommunicationApi>
{
    const string Url = "https://hooks.example.org/hdms";

    HttpClient Admin => api.Admin();

    [Fact]
    public async Task A_registered_webhook_is_there_with_all_but_its_secret()
    {
        var made = await RegisterAsync("ticket.closed.v1", "ticket.assigned.v1");
        made.Secret.ShouldStartWith("whsec_");
        Convert.FromBase64String(made.Secret["whsec_".Length..]).Length.ShouldBe(32);

        var text = await Admin.GetStringAsync($"{Hooks.Path}/{made.Webhook.Id}");
        text.ShouldNotContain("whsec_");
        var read = await api.WebhookAsync(made.Webhook.Id);
        read.ShouldSatisfyAllConditions(
            w => w.Url.ShouldBe(Url),
            w => w.IsActive.ShouldBeTrue(),
            w => w.EventTypes.ShouldBe(["ticket.assigned.v1", "ticket.closed.v1"]),
            w => w.LastAttemptAt.ShouldBeNull());
        (await Admin.ReadAsync<Paged<WebhookView>>($"{Hooks.Path}?limit=100")).Data.Select(w => w.Id).ShouldContain(read.Id);
    }

    [Fact]
    public async Task The_secret_is_in_no_event_no_audit_and_no_column_as_it_is()
    {
        var made = await RegisterAsync();
        var key = made.Secret["whsec_".Length..];

        (await api.Database.ScalarAsync<long>("SELECT count(*) FROM communication_events WHERE data::text LIKE '%' || @key || '%' OR audit::text LIKE '%' || @key || '%' OR data::text LIKE '%whsec%'", new { key })).ShouldBe(0);
        (await api.Database.ScalarAsync<long>("SELECT count(*) FROM webhook_secrets WHERE position(decode(@key, 'base64') IN sealed) > 0", new { key })).ShouldBe(0);
        (await api.Database.ScalarAsync<long>("SELECT count(*) FROM communication_idempotency WHERE position(convert_to('whsec_', 'UTF8') IN body) > 0")).ShouldBe(0);
        (await api.Database.ScalarAsync<long>("SELECT count(*) FROM communication_events WHERE type = 'webhook.registered.v1' AND stream_id = @Id", new { made.Webhook.Id })).ShouldBe(1);
    }

    [Fact]
    public void The_signature_is_that_of_the_specifications_example()
    {
        var signed = Signature.Of(
            "msg_p5jXN8AQM9LWM0D4loKWxJek", DateTimeOffset.FromUnixTimeSeconds(1614265330), """{"test": 2432232314}""", [Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]);

        signed.ShouldBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    [Fact]
    public async Task Nobody_but_an_admin_comes_near()
    {
        var hook = (await RegisterAsync()).Webhook.Id;
        foreach (var who in new[] { api.World.Requester, api.World.Moderator, api.World.ItHead })
        {
            var client = api.Chat(who);
            foreach (var path in new[] { "", $"/{hook}", $"/{hook}/deliveries", $"/{hook}/deliveries/{Guid.NewGuid()}", "/event-types" })
                await client.GetAsync(Hooks.Path + path).ShouldBeAsync(Codes.Forbidden);
            await client.PostAsync(Hooks.Path, new RegisterWebhookRequest("Mine", Url)).ShouldBeAsync(Codes.Forbidden);
            await client.PatchAsync($"{Hooks.Path}/{hook}", new ChangeWebhookRequest { IsActive = false }).ShouldBeAsync(Codes.Forbidden);
            await client.PostAsync($"{Hooks.Path}/{hook}/rotate", new RotateWebhookSecretRequest()).ShouldBeAsync(Codes.Forbidden);
            await client.SendAsync(HttpMethod.Post, $"{Hooks.Path}/{hook}/test").ShouldBeAsync(Codes.Forbidden);
            await client.PostAsync($"{Hooks.Path}/{hook}/replay", new ReplayWebhookRequest(api.Clock.GetUtcNow())).ShouldBeAsync(Codes.Forbidden);
            await client.SendAsync(HttpMethod.Post, $"{Hooks.Path}/{hook}/deliveries/{Guid.NewGuid()}/replay").ShouldBeAsync(Codes.Forbidden);
            await client.DeleteAsync($"{Hooks.Path}/{hook}").ShouldBeAsync(Codes.Forbidden);
        }

        (await api.WebhookAsync(hook)).Version.ShouldBe(1);
    }

    [Theory]
    [InlineData("http://hooks.example.org/")]
    [InlineData("ftp://hooks.example.org/")]
    [InlineData("hooks.example.org")]
    [InlineData("https://user:secret@hooks.example.org/")]
    [InlineData("https://hooks.example.org/#here")]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://10.1.2.3/")]
    [InlineData("https://172.31.0.1/")]
    [InlineData("https://192.168.1.1/")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://100.64.0.1/")]
    [InlineData("https://224.0.0.1/")]
    [InlineData("https://0.0.0.0/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[fe80::1]/")]
    [InlineData("https://[fd00::1]/")]
    [InlineData("https://[ff02::1]/")]
    [InlineData("https://[::ffff:10.1.2.3]/")]
    [InlineData("https://[64:ff9b::a01:203]/")]
    [InlineData("https://[2002:a01:203::1]/")]
    public async Task An_address_without_TLS_or_in_a_private_network_is_refused(string url)
    {
        var problem = await Admin.PostAsync(Hooks.Path, new RegisterWebhookRequest("Refused", url)).ShouldBeAsync(Codes.ValidationFailed);
        problem.GetProperty("errors").TryGetProperty("url", out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData("93.184.215.14")]
    [InlineData("2606:2800:21f:cb07:6820:80da:af6b:8b2c")]
    [InlineData("::ffff:93.184.215.14")]
    public void Addresses_of_the_world_are_public(string address) => PublicAddresses.Contain(IPAddress.Parse(address)).ShouldBeTrue();

    [Fact]
    public async Task A_name_that_stands_for_a_private_address_is_refused_when_something_is_sent_and_nothing_reaches_it()
    {
        await using var receiver = await Receiver.StartAsync();
        var hook = await api.RegisterAsync($"https://localhost:{receiver.Port}/");

        var tried = await api.TriedAsync(await api.TestAsync(hook.Webhook.Id), 1);

        tried.AllAttempts[0].Status.ShouldBeNull();
        tried.Delivery.LastError.ShouldBe("localhost is in a private network, into which this installation sends nothing");
        tried.Delivery.State.ShouldBe(WebhookDeliveryState.Pending, "the name may stand for another address later");
        await api.Admin().DeleteAsync($"{Hooks.Path}/{hook.Webhook.Id}").ShouldBeAsync(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task What_is_wrong_with_a_webhook_is_said_by_field()
    {
        var problem = await Admin.PostAsync(Hooks.Path, new RegisterWebhookRequest(" ", "https://x.example/", ["ticket.vanished.v1"])).ShouldBeAsync(Codes.ValidationFailed);
        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe(["name", "event_types"], ignoreOrder: true);
        await Admin.PostAsync(Hooks.Path, new RegisterWebhookRequest("None", Url, [])).ShouldBeAsync(Codes.ValidationFailed);

        var made = await RegisterAsync();
        await Admin.PostAsync(Hooks.Path, new RegisterWebhookRequest(made.Webhook.Name.ToUpperInvariant(), Url)).ShouldBeAsync(Codes.AlreadyExists);
        await Admin.PostAsync($"{Hooks.Path}/{made.Webhook.Id}/rotate", new RotateWebhookSecretRequest(169)).ShouldBeAsync(Codes.ValidationFailed);
    }

    [Fact]
    public async Task A_change_counts_versions_and_refuses_what_builds_on_an_older_one()
    {
        var id = (await RegisterAsync("ticket.closed.v1")).Webhook.Id;
        var changed = await api.ChangeAsync(id, new ChangeWebhookRequest { EventTypes = new Optional<IReadOnlyList<string>?>(null), Url = "https://other.example.org/" });
        changed.ShouldSatisfyAllConditions(w => w.Version.ShouldBe(2), w => w.EventTypes.ShouldBeNull(), w => w.Url.ShouldBe("https://other.example.org/"));
        (await api.ChangeAsync(id, new ChangeWebhookRequest { Name = changed.Name })).Version.ShouldBe(2, "it says what is so already");

        await Admin.PatchAsync($"{Hooks.Path}/{id}", new ChangeWebhookRequest { IsActive = false }, version: 1).ShouldBeAsync(Codes.PreconditionFailed);
        await Admin.PatchAsync($"{Hooks.Path}/{id}", new ChangeWebhookRequest { IsActive = false, Version = 1 }).ShouldBeAsync(Codes.VersionConflict);
        await Admin.PatchAsync($"{Hooks.Path}/{id}", new ChangeWebhookRequest { Url = "https://10.0.0.1/" }).ShouldBeAsync(Codes.ValidationFailed);
        (await api.WebhookAsync(id)).ShouldSatisfyAllConditions(w => w.IsActive.ShouldBeTrue(), w => w.Version.ShouldBe(2));
    }

    [Fact]
    public async Task The_log_is_read_in_parts_and_by_state()
    {
        var id = (await RegisterAsync()).Webhook.Id;
        await api.ChangeAsync(id, new ChangeWebhookRequest { Url = "https://localhost:9/" });
        for (var n = 0; n < 3; n++)
            await api.TestAsync(id);
        await api.ChangeAsync(id, new ChangeWebhookRequest { IsActive = false });
        await Eventually.ShouldAsync(async () => (await api.LogAsync(id, "&state=failed")).Count == 3);

        var first = await Admin.ReadAsync<CursorPage<WebhookDeliveryView>>($"{Hooks.Path}/{id}/deliveries?limit=2");
        var rest = await Admin.ReadAsync<CursorPage<WebhookDeliveryView>>($"{Hooks.Path}/{id}/deliveries?limit=2&after={first.Next}");
        first.Data.Concat(rest.Data).Select(d => d.Id).ShouldBe((await api.LogAsync(id)).Select(d => d.Id));
        rest.Next.ShouldBeNull();
        (await api.LogAsync(id, "&state=pending,delivered")).ShouldBeEmpty();
        await Admin.GetAsync($"{Hooks.Path}/{id}/deliveries?state=lost").ShouldBeAsync(Codes.ValidationFailed);
        await Admin.GetAsync($"{Hooks.Path}/{id}/deliveries?after=bm90IG91cnM").ShouldBeAsync(Codes.Malformed);
        await Admin.SendAsync(HttpMethod.Post, $"{Hooks.Path}/{id}/test").ShouldBeAsync(Codes.InvalidTransition);
        await Admin.GetAsync($"{Hooks.Path}/{id}/deliveries/{Guid.NewGuid()}").ShouldBeAsync(Codes.NotFound);
    }

    [Fact]
    public async Task The_address_is_for_services_only_in_the_feed()
    {
        await RegisterAsync();
        var feed = await api.AsService().GetStringAsync("/api/v1/communication/events?limit=1000");
        feed.ShouldContain("hooks.example.org");
        CommunicationService.Definition.ForServicesOnly.ShouldContain("url");
    }

    [Fact]
    public async Task What_can_be_chosen_is_published_and_leaves_drafts_and_books_out()
    {
        var types = await Admin.ReadAsync<IReadOnlyList<string>>($"{Hooks.Path}/event-types");

        types.ShouldContain("ticket.closed.v1");
        types.ShouldContain("message.posted.v1");
        types.ShouldBeUnique();
        types.ShouldNotContain(t => t.Contains("draft") || t.Contains("import") || t.Contains("task") || t.Contains("webhook"));
    }

    Task<WebhookSecret> RegisterAsync(params string[] types) => api.RegisterAsync(Url, types);
}
