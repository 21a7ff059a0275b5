using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Communication.Tests.Notifications;

/// <summary>Who is told of what, once, and as they want it.</summary>
public sealed class NotificationTests(CommunicationApi api) : IClassFixture<CommunicationApi>
{
    World World => api.World;

    [Fact]
    public async Task Each_of_the_thirteen_kinds_is_told_to_whom_it_concerns_and_once()
    {
        var ticket = await api.InProgressAsync(World.Finance);
        var id = ticket.Id;
        await ShouldBeToldOnceAsync(World.OtherModerator, id, NotificationType.TicketCreated);
        await ShouldBeToldOnceAsync(World.FinanceHead, id, NotificationType.TicketAssigned);
        (await api.ToldAsync(World.Requester, id)).Select(n => n.Type).ShouldAllBe(t => t == NotificationType.TicketStatusChanged);

        await api.SayAsync(World.Requester, id, "Please", World.FinanceHead.Id);
        await api.HeardAsync();
        await ShouldBeToldOnceAsync(World.FinanceHead, id, NotificationType.TicketMentioned);
        await ShouldBeToldOnceAsync(World.Moderator, id, NotificationType.MessageReceived);
        (await KindsAsync(World.FinanceHead, id)).ShouldNotContain(NotificationType.MessageReceived, "the mention says it already");

        await api.ActAsync(World.FinanceHead, id, "request_approval", new RequestApprovalRequest([new([World.Approver.Id])]));
        await ShouldBeToldOnceAsync(World.Approver, id, NotificationType.ApprovalRequested);
        await api.ActAsync(World.Approver, id, "request_changes", new ReasonedActionRequest("A receipt is missing."));
        await ShouldBeToldOnceAsync(World.FinanceHead, id, NotificationType.ApprovalDecision);

        await api.ActAsync(World.Moderator, id, "split", new SplitTicketRequest([new("Cables", World.It)]));
        await ShouldBeToldOnceAsync(World.ItHead, id, NotificationType.SubticketCreated);
        var sub = (await api.Desk(World.ItHead).ReadAsync<Paged<SubTicketView>>($"{Acts.Tickets}/{id}/subtickets")).Data.Single();
        foreach (var (by, action, body) in new (TestUser, string, object?)[]
        {
            (World.ItHead, "start", null), (World.ItHead, "complete", new CompleteTicketRequest("Laid.")), (World.Moderator, "close", null),
        })
            await api.Desk(by).DoAsync<SubTicketView>(HttpMethod.Post, $"/api/v1/subtickets/{sub.Id}/{action}", body);
        await api.HeardAsync();
        await ShouldBeToldOnceAsync(World.ItHead, id, NotificationType.SubticketStatusChanged);

        await api.ActAsync(World.Moderator, id, "postpone", new ReasonedActionRequest("Wait."));
        await ShouldBeToldOnceAsync(World.FinanceHead, id, NotificationType.TicketPostponed);
        await PassAsync(TimeSpan.FromDays(3.1));
        await ShouldBeToldOnceAsync(World.FinanceHead, id, NotificationType.TicketReminder, n => n.Metadata.Cause == "postpone_reminder");
        await api.ActAsync(World.FinanceHead, id, "restart");
        await api.ActAsync(World.FinanceHead, id, "complete", new CompleteTicketRequest("Done."));
        await PassAsync(TimeSpan.FromDays(1.1));
        await ShouldBeToldOnceAsync(World.Requester, id, NotificationType.AutoCloseReminder);
        await api.ActAsync(World.Moderator, id, "close");
        await api.ActAsync(World.Moderator, id, "reopen");
        await ShouldBeToldOnceAsync(World.Requester, id, NotificationType.TicketReopened);

        (await Task.WhenAll(World.Everybody.Where(u => u.Role != Role.Admin).Select(async u => await KindsAsync(u, id)))).SelectMany(k => k).Distinct().Order()
            .ShouldBe(Enum.GetValues<NotificationType>());
    }

    [Fact]
    public async Task Nobody_is_told_of_what_they_did_themselves()
    {
        var ticket = await api.InProgressAsync();
        await api.SayAsync(World.ItHead, ticket.Id, "On it");
        await api.HeardAsync();

        foreach (var who in new[] { World.Requester, World.Moderator, World.ItHead })
            (await api.ToldAsync(who, ticket.Id)).ShouldAllBe(n => n.Metadata.ActorId != who.Id);
    }

    [Fact]
    public async Task Read_from_the_beginning_again_the_feeds_tell_nothing_twice_and_change_nobodys_part()
    {
        await using var own = await CommunicationApi.StartAsync();
        var ticket = await own.InProgressAsync();
        await own.ActAsync(own.World.Moderator, ticket.Id, "reassign", new ReassignTicketRequest("Wrong one.", own.World.Finance));
        await own.SayAsync(own.World.Requester, ticket.Id, "Hello");
        await own.HeardAsync();
        var before = await CountedAsync();
        await own.StopCommunicationAsync();
        await own.Database.ExecuteAsync("UPDATE communication_cursors SET epoch = 0, position = 0 WHERE reader IN ('tickets', 'messages')");
        await own.StartCommunicationAsync();
        await own.HeardAsync();

        (await CountedAsync()).ShouldBe(before);

        async Task<string?> CountedAsync() => await own.Database.ScalarAsync<string>(
            """
            SELECT concat_ws(' ', (SELECT count(*) FROM notifications), (SELECT count(*) FROM ticket_participants), (SELECT count(*) FROM ticket_participants WHERE left_at IS NULL),
                             (SELECT count(*) FROM chat_messages), (SELECT max(version) FROM chat_rooms))
            """);
    }

    [Fact]
    public async Task Progress_within_five_minutes_is_one_notification_that_says_the_last()
    {
        var ticket = await api.InProgressAsync();
        foreach (var percent in new[] { 10, 20, 30 })
            await api.ActAsync(World.ItHead, ticket.Id, "progress", new ProgressTicketRequest(percent));
        (await ProgressAsync()).ShouldHaveSingleItem().ShouldSatisfyAllConditions(n => n.Title.ShouldContain("30 %"), n => n.Metadata.ProgressPercent.ShouldBe(30), n => n.Version.ShouldBe(3));

        api.Clock.Advance(TimeSpan.FromMinutes(6));
        await api.ActAsync(World.ItHead, ticket.Id, "progress", new ProgressTicketRequest(40));
        (await ProgressAsync()).Count.ShouldBe(2);

        async Task<IReadOnlyList<NotificationView>> ProgressAsync() =>
            [.. (await api.ToldAsync(World.Requester, ticket.Id)).Where(n => n.Metadata.Cause == "ticket.progressed.v1")];
    }

    [Fact]
    public async Task Messages_are_told_of_once_until_somebody_has_looked()
    {
        var ticket = await api.AssignedAsync();
        var first = await api.SayAsync(World.ItHead, ticket.Id, "1");
        var second = await api.SayAsync(World.ItHead, ticket.Id, "2");
        await api.HeardAsync();
        (await ReceivedAsync()).ShouldHaveSingleItem().Metadata.MessageId.ShouldBe(first.Id);

        await api.Chat(World.Requester).DoAsync<UnreadMessages>(HttpMethod.Post, $"{Acts.Messages(ticket.Id)}/read", new ReadMessagesRequest(second.Id));
        (await ReceivedAsync()).ShouldHaveSingleItem().IsRead.ShouldBeTrue("who has read the messages has heard of them");
        await api.SayAsync(World.ItHead, ticket.Id, "3");
        await api.HeardAsync();
        (await ReceivedAsync()).Count.ShouldBe(2);

        async Task<IReadOnlyList<NotificationView>> ReceivedAsync() => await api.ToldAsync(World.Requester, ticket.Id, "&type=message_received");
    }

    [Fact]
    public async Task Who_has_muted_a_ticket_hears_of_mentions_alone()
    {
        var ticket = await api.AssignedAsync();
        (await api.Chat(World.Requester).PatchAsync($"{Acts.Participants(ticket.Id)}/{World.Requester.Id}", new ChangeParticipantRequest { Muted = true })).EnsureSuccessStatusCode();
        await api.Chat(World.Moderator).PatchAsync($"{Acts.Participants(ticket.Id)}/{World.Requester.Id}", new ChangeParticipantRequest { Muted = true }).ShouldBeAsync(Codes.Forbidden);
        await api.SayAsync(World.ItHead, ticket.Id, "Quiet");
        await api.SayAsync(World.ItHead, ticket.Id, "Loud", World.Requester.Id);
        await api.HeardAsync();

        (await KindsAsync(World.Requester, ticket.Id)).ShouldSatisfyAllConditions(
            k => k.ShouldContain(NotificationType.TicketMentioned), k => k.ShouldNotContain(NotificationType.MessageReceived));
    }

    [Fact]
    public async Task Edited_into_a_message_somebody_is_told_once()
    {
        var ticket = await api.AssignedAsync();
        var said = await api.SayAsync(World.ItHead, ticket.Id, "Hello");
        foreach (var text in new[] { "Hello you", "Hello, you" })
            await api.Chat(World.ItHead).DoAsync<MessageView>(HttpMethod.Patch, $"{Acts.Messages(ticket.Id)}/{said.Id}", new EditMessageRequest(text, [World.Requester.Id]));
        await api.HeardAsync();

        await ShouldBeToldOnceAsync(World.Requester, ticket.Id, NotificationType.TicketMentioned);
    }

    [Fact]
    public async Task Preferences_turn_a_kind_off_or_keep_it_quiet()
    {
        var who = World.OtherModerator;
        (await api.Chat(who).ReadAsync<IReadOnlyList<NotificationPreference>>("/api/v1/notifications/preferences")).Count.ShouldBe(39);
        await PreferAsync(NotificationMode.Off);
        var silent = await api.SubmittedAsync();
        (await api.ToldAsync(who, silent.Id)).ShouldBeEmpty();

        await PreferAsync(NotificationMode.Digest);
        var quiet = await api.SubmittedAsync();
        await ShouldBeToldOnceAsync(who, quiet.Id, NotificationType.TicketCreated);
        (await api.Database.ScalarAsync<bool>("SELECT is_quiet FROM notifications WHERE user_id = @User AND ticket_id = @Ticket", new { User = who.Id, Ticket = quiet.Id })).ShouldBeTrue();

        await PreferAsync(NotificationMode.Instant);
        var twice = new ChangePreferencesRequest([new(NotificationType.TicketCreated, NotificationChannel.InApp, NotificationMode.Off), new(NotificationType.TicketCreated, NotificationChannel.InApp, NotificationMode.Digest)]);
        await api.Chat(who).PatchAsync("/api/v1/notifications/preferences", twice).ShouldBeAsync(Codes.ValidationFailed);

        async Task PreferAsync(NotificationMode mode) => (await api.Chat(who).DoAsync<IReadOnlyList<NotificationPreference>>(
            HttpMethod.Patch, "/api/v1/notifications/preferences", new ChangePreferencesRequest([new(NotificationType.TicketCreated, NotificationChannel.InApp, mode)])))
            .Single(p => p is { Type: NotificationType.TicketCreated, Channel: NotificationChannel.InApp }).Mode.ShouldBe(mode);
    }

    [Fact]
    public async Task Unread_is_counted_by_the_server_read_one_by_one_and_all_at_once()
    {
        await using var own = await CommunicationApi.StartAsync();
        var who = own.World.OtherModerator;
        foreach (var _ in Enumerable.Range(0, 3))
            await own.SubmittedAsync();
        (await UnreadAsync()).ShouldBe(new UnreadCount(3, false));

        var one = (await own.ToldAsync(who))[0];
        foreach (var _ in Enumerable.Range(0, 2))
            (await own.Chat(who).DoAsync<NotificationView>(HttpMethod.Post, $"/api/v1/notifications/{one.Id}/read")).IsRead.ShouldBeTrue();
        await own.Chat(own.World.Requester).SendAsync(HttpMethod.Post, $"/api/v1/notifications/{one.Id}/read").ShouldBeAsync(Codes.NotFound);
        (await UnreadAsync()).Unread.ShouldBe(2);
        (await own.ToldAsync(who, query: "&unread=true")).Count.ShouldBe(2);

        (await own.Chat(who).DoAsync<UnreadCount>(HttpMethod.Post, "/api/v1/notifications/read-all")).Unread.ShouldBe(0);
        (await UnreadAsync()).Unread.ShouldBe(0);
        (await own.Chat(own.World.Moderator).ReadAsync<UnreadCount>("/api/v1/notifications/unread-count")).Unread.ShouldBe(3, "others have theirs");

        Task<UnreadCount> UnreadAsync() => own.Chat(who).ReadAsync<UnreadCount>("/api/v1/notifications/unread-count");
    }

    [Fact]
    public async Task A_long_list_is_read_part_by_part()
    {
        var ticket = await api.InProgressAsync();
        foreach (var n in Enumerable.Range(1, 5))
        {
            api.Clock.Advance(TimeSpan.FromMinutes(6));
            await api.ActAsync(World.ItHead, ticket.Id, "progress", new ProgressTicketRequest(n * 10));
        }

        var all = (await api.ToldAsync(World.Requester, ticket.Id)).Select(n => n.Id).ToList();
        var read = new List<Guid>();
        for (string? after = ""; after is not null;)
        {
            var page = await api.Chat(World.Requester).ReadAsync<CursorPage<NotificationView>>($"/api/v1/notifications?limit=2&ticket_id={ticket.Id}&after={after}");
            read.AddRange(page.Data.Select(n => n.Id));
            after = page.Next;
        }

        read.ShouldBe(all);
        await api.Chat(World.Requester).GetAsync("/api/v1/notifications?after=nonsense").ShouldBeAsync(HttpStatusCode.BadRequest);
    }

    async Task<IReadOnlyList<NotificationType>> KindsAsync(TestUser who, Guid ticket) => [.. (await api.ToldAsync(who, ticket)).Select(n => n.Type)];

    async Task ShouldBeToldOnceAsync(TestUser who, Guid ticket, NotificationType type, Func<NotificationView, bool>? like = null) =>
        (await api.ToldAsync(who, ticket)).Count(n => n.Type == type && (like is null || like(n))).ShouldBe(1, $"{type} to {who.Code}");

    /// <summary>With all that comes due by itself.</summary>
    async Task PassAsync(TimeSpan by)
    {
        api.Clock.Advance(by);
        await Eventually.ShouldAsync(async () => !await api.Database.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM ticket_timers WHERE due_at <= @now)", new { now = api.Clock.GetUtcNow() }));
        await api.HeardAsync();
    }
}
