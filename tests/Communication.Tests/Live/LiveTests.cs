using System.Net;
using Hdms.Communication.Live;
using Hdms.Contracts;
using Hdms.Kit.Problems;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Communication.Tests.Live;

/// <summary>What comes on a live stream, to whom, and how it goes on after it was cut.</summary>
public sealed class LiveTests(CommunicationApi api) : IClassFixture<CommunicationApi>
{
    World World => api.World;

    [Fact]
    public async Task A_message_a_change_and_a_notification_come_as_they_happen_to_whom_they_concern()
    {
        var ticket = await api.AssignedAsync();
        await using var requester = await ListenAsync(World.Requester);
        await using var stranger = await ListenAsync(World.Stranger);
        await using var admin = await ListenAsync(World.Admin);
        await using var moderator = await ListenAsync(World.OtherModerator);

        var said = await api.SayAsync(World.ItHead, ticket.Id, "Is it on? <b>");
        await api.ActAsync(World.ItHead, ticket.Id, "start");

        await requester.HasAsync(f => f.Type == LiveTypes.TicketChanged && f.Inner.GetProperty("change").GetString() == "ticket.started.v1");
        var message = requester.Frames.First(f => f.Type == LiveTypes.MessagePosted);
        message.ShouldSatisfyAllConditions(
            m => m.Data.GetProperty("id").GetString().ShouldBe(m.Id),
            m => m.Data.GetProperty("ticket_id").GetGuid().ShouldBe(ticket.Id),
            m => m.Inner.GetProperty("id").GetGuid().ShouldBe(said.Id),
            m => m.Inner.GetProperty("html").GetString().ShouldBe("<p>Is it on? &lt;b&gt;</p>"));
        await requester.HasAsync(f => f.Type == LiveTypes.Notification && f.Inner.GetProperty("type").GetString() == "message_received");
        await moderator.HasAsync(f => f.Type == LiveTypes.MessagePosted && f.Inner.GetProperty("id").GetGuid() == said.Id);
        await admin.HasAsync(f => f.Type == LiveTypes.TicketChanged && f.Data.GetProperty("ticket_id").GetGuid() == ticket.Id);
        admin.Messages.ShouldBeEmpty("admins read chats by a route that records it");
        stranger.Frames.ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_is_removed_hears_nothing_more_of_the_ticket_on_an_open_stream()
    {
        var ticket = await api.AssignedAsync();
        await api.AddAsync(ticket.Id, World.Stranger);
        await using var watcher = await ListenAsync(World.Stranger);
        await using var requester = await ListenAsync(World.Requester);
        await api.SayAsync(World.Requester, ticket.Id, "While there");
        await watcher.HasAsync(f => f.Type == LiveTypes.MessagePosted && f.Message == "While there");
        await api.RemoveAsync(ticket.Id, World.Stranger);
        await api.SayAsync(World.Requester, ticket.Id, "After");

        await requester.HasAsync(f => f.Type == LiveTypes.MessagePosted && f.Message == "After");
        await watcher.HasAsync(f => f.Type == LiveTypes.ParticipantLeft);
        await api.AddAsync(ticket.Id, World.Stranger);
        await api.SayAsync(World.Requester, ticket.Id, "Back again");
        await watcher.HasAsync(f => f.Type == LiveTypes.MessagePosted && f.Message == "Back again");
        watcher.Messages.ShouldBe(["While there", "Back again"]);

        // Nor does a stream that goes on from before tell what was said meanwhile.
        await using var again = await ListenAsync(World.Stranger, watcher.Frames[0].Id);
        await again.HasAsync(f => f.Type == LiveTypes.MessagePosted && f.Message == "Back again");
        again.Messages.ShouldBe(["Back again"]);
    }

    [Fact]
    public async Task Who_comes_again_gets_what_was_missed_once_and_in_order_also_from_another_instance()
    {
        var ticket = await api.AssignedAsync();
        await using var first = await ListenAsync(World.Requester);
        await api.SayAsync(World.ItHead, ticket.Id, "1");
        await first.HasAsync(f => f.Type == LiveTypes.MessagePosted && f.Message == "1");
        await first.DisposeAsync();
        await api.SayAsync(World.ItHead, ticket.Id, "2");
        await api.SayAsync(World.ItHead, ticket.Id, "3");

        await using var other = await api.StartAnotherAsync();
        await using var second = await LiveReader.OpenAsync(new Uri(other.Urls.First()), await api.TokenAsync(World.Requester), first.LastId);
        await api.SayAsync(World.ItHead, ticket.Id, "4");
        await second.HasAsync(f => f.Type == LiveTypes.MessagePosted && f.Message == "4");
        second.Messages.ShouldBe(["2", "3", "4"]);
        await second.DisposeAsync();
        await other.StopAsync();
    }

    [Fact]
    public async Task A_message_that_was_deleted_meanwhile_is_not_told_to_who_comes_again()
    {
        var ticket = await api.AssignedAsync();
        await using var first = await ListenAsync(World.Requester);
        await first.DisposeAsync();
        var said = await api.SayAsync(World.ItHead, ticket.Id, "Secret");
        (await api.Chat(World.ItHead).DeleteAsync($"{Acts.Messages(ticket.Id)}/{said.Id}")).EnsureSuccessStatusCode();

        await using var second = await ListenAsync(World.Requester, first.LastId);
        await second.HasAsync(f => f.Type == LiveTypes.MessageDeleted);
        second.Frames.ShouldAllBe(f => !f.Data.GetRawText().Contains("Secret"));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("0.1")]
    [InlineData("999.1")]
    [InlineData("1.999999999")]
    public async Task An_id_of_another_log_is_answered_with_a_reset_and_the_place_to_go_on_from(string last)
    {
        await using var reader = await ListenAsync(World.Requester, last);
        await reader.HasAsync(f => f.Type == LiveTypes.Reset);
        LogPosition.TryParse(reader.LastId, out var at).ShouldBeTrue();
        at.Position.ShouldBeLessThan(999_999_999);
    }

    [Fact]
    public async Task A_stream_stays_open_when_the_log_goes_on_in_another_home()
    {
        await using var own = await CommunicationApi.StartAsync();
        var ticket = await own.AssignedAsync();
        await using var stays = await ListenAsync(own, own.World.Requester);
        await using var leaves = await ListenAsync(own, own.World.Requester);
        await own.SayAsync(own.World.ItHead, ticket.Id, "Before");
        await stays.HasAsync(f => f.Type == LiveTypes.MessagePosted && f.Message == "Before");
        await leaves.HasAsync(f => f.Type == LiveTypes.MessagePosted && f.Message == "Before");
        await leaves.DisposeAsync();

        await BeginEpochAsync(own, after: "max(position)");
        await own.SayAsync(own.World.ItHead, ticket.Id, "After");

        await stays.HasAsync(f => f.Type == LiveTypes.MessagePosted && f.Message == "After");
        stays.Messages.ShouldBe(["Before", "After"]);
        stays.LastId.ShouldStartWith("2.");
        await using var again = await ListenAsync(own, own.World.Requester, leaves.LastId);
        await again.HasAsync(f => f.Type == LiveTypes.MessagePosted && f.Message == "After");
        again.Frames.ShouldNotContain(f => f.Type == LiveTypes.Reset || (f.Type == LiveTypes.MessagePosted && f.Message == "Before"));
    }

    [Fact]
    public async Task A_stream_ends_when_what_it_told_is_no_longer_in_the_log_and_who_comes_again_begins_anew()
    {
        await using var own = await CommunicationApi.StartAsync();
        var ticket = await own.AssignedAsync();
        await using var reader = await ListenAsync(own, own.World.Requester);
        await own.SayAsync(own.World.ItHead, ticket.Id, "Told");
        await reader.HasAsync(f => f.Type == LiveTypes.MessagePosted && f.Message == "Told");

        await BeginEpochAsync(own, after: "min(position)");

        await reader.Ended.WaitAsync(TimeSpan.FromMinutes(2));
        await using var again = await ListenAsync(own, own.World.Requester, reader.LastId);
        await again.HasAsync(f => f.Type == LiveTypes.Reset);
    }

    [Fact]
    public async Task The_eleventh_stream_of_one_person_is_refused_until_another_ends()
    {
        var open = new List<LiveReader>();
        foreach (var _ in Enumerable.Range(0, CommunicationRules.MostStreams))
            open.Add(await ListenAsync(World.FinanceHead));

        await using (var refused = await ListenAsync(World.FinanceHead))
            refused.Answer!.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        await open[0].DisposeAsync();
        await Eventually.ShouldAsync(async () =>
        {
            await using var next = await ListenAsync(World.FinanceHead);
            return next.Answer!.IsSuccessStatusCode;
        });
        foreach (var reader in open)
            await reader.DisposeAsync();
    }

    [Fact]
    public async Task A_stream_ends_with_its_token()
    {
        await using var own = await CommunicationApi.StartAsync();
        await using var reader = await LiveReader.OpenAsync(own.Url, await own.TokenAsync(own.World.Requester));
        reader.Ended.IsCompleted.ShouldBeFalse();
        own.Clock.Advance(TimeSpan.FromMinutes(16));

        await reader.Ended.WaitAsync(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Who_looks_and_types_is_seen_on_every_instance_and_gone_after_half_a_minute()
    {
        await using var own = await CommunicationApi.StartAsync();
        var ticket = await own.AssignedAsync();
        await using var other = await own.StartAnotherAsync();
        await using var there = await LiveReader.OpenAsync(new Uri(other.Urls.First()), await own.TokenAsync(own.World.Requester));
        await using var stranger = await LiveReader.OpenAsync(own.Url, await own.TokenAsync(own.World.Stranger));
        var path = $"{Acts.Tickets}/{ticket.Id}/presence";

        // Whoever is not heard at first, for the other instance begins to listen just now, says it again.
        await Eventually.ShouldAsync(async () =>
        {
            (await own.Chat(own.World.ItHead).PostAsync(path, new SayPresenceRequest(PresenceState.Typing))).EnsureSuccessStatusCode();
            own.Clock.Advance(TimeSpan.FromSeconds(4));
            return there.Frames.Any(f => f.Type == LiveTypes.Presence && f.Inner.GetProperty("state").GetString() == "typing");
        });
        (await own.Chat(own.World.Requester).ReadAsync<IReadOnlyList<PresenceView>>(path)).Single().ShouldSatisfyAllConditions(
            p => p.UserId.ShouldBe(own.World.ItHead.Id), p => p.State.ShouldBe(PresenceState.Typing), p => p.Person!.LastName.ShouldBe("Tester"));
        (await own.Chat(own.World.Moderator).ReadAsync<IReadOnlyList<TicketPresenceView>>("/api/v1/live/presence")).Single().ShouldSatisfyAllConditions(
            t => t.TicketId.ShouldBe(ticket.Id), t => t.There.Single().UserId.ShouldBe(own.World.ItHead.Id));
        await own.Chat(own.World.Requester).GetAsync("/api/v1/live/presence").ShouldBeAsync(Codes.Forbidden);
        there.Frames.First(f => f.Type == LiveTypes.Presence).Id.ShouldBeNull();

        own.Clock.Advance(TimeSpan.FromSeconds(31));
        await there.HasAsync(f => f.Type == LiveTypes.Presence && f.Inner.GetProperty("state").GetString() == "gone");
        (await own.Chat(own.World.Requester).ReadAsync<IReadOnlyList<PresenceView>>(path)).ShouldBeEmpty();
        stranger.Frames.ShouldBeEmpty();
        await there.DisposeAsync();
        await other.StopAsync();
    }

    [Fact]
    public async Task Nobody_waits_for_who_does_not_read()
    {
        var stream = new LiveStream(new Kit.Http.Caller { UserId = Guid.NewGuid(), Role = Role.Moderator }, DateTimeOffset.MaxValue);
        stream.GoOn(LogPosition.Start, []);
        foreach (var n in Enumerable.Range(1, 300))
            stream.Offer(new LiveNews(new LogPosition(1, n), [1], Audience.Chat, Guid.NewGuid(), null, DateTimeOffset.UtcNow));

        var waiting = 0;
        while (await stream.Waiting.WaitToReadAsync())
            while (stream.Waiting.TryRead(out _))
                waiting++;
        waiting.ShouldBe(256, "then it is hung up on, and comes again with its last id");
    }

    [Fact]
    public async Task While_nobody_listens_nothing_is_read()
    {
        await using var own = await CommunicationApi.StartAsync();
        await using (var reader = await LiveReader.OpenAsync(own.Url, await own.TokenAsync(own.World.Requester)))
            own.Services.GetRequiredService<LiveHub>().Open.ShouldBe(1);
        await Eventually.ShouldAsync(() => Task.FromResult(own.Services.GetRequiredService<LiveHub>().Open == 0));

        // And who comes after that misses nothing.
        var ticket = await own.AssignedAsync();
        await using var next = await LiveReader.OpenAsync(own.Url, await own.TokenAsync(own.World.Requester));
        await own.SayAsync(own.World.ItHead, ticket.Id, "Hello");
        await next.HasAsync(f => f.Type == LiveTypes.MessagePosted);
    }

    Task<LiveReader> ListenAsync(TestUser who, string? last = null) => ListenAsync(api, who, last);

    static async Task<LiveReader> ListenAsync(CommunicationApi to, TestUser who, string? last = null) => await LiveReader.OpenAsync(to.Url, await to.TokenAsync(who), last);

    /// <summary>What a change of home leaves, or a restore, which takes the log back.</summary>
    static Task BeginEpochAsync(CommunicationApi own, string after) => own.Database.ExecuteAsync(
        $"""
        INSERT INTO communication_log (epoch, first_position, identity)
        SELECT (SELECT max(epoch) + 1 FROM communication_log), (SELECT {after} + 1 FROM communication_events), (SELECT identity FROM communication_log ORDER BY epoch DESC LIMIT 1)
        """);
}
