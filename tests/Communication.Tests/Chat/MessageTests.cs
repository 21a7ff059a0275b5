using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Communication.Tests.Chat;

/// <summary>What is written in a ticket, by whom and until when it can be changed.</summary>
public sealed class MessageTests(CommunicationApi api) : IClassFixture<CommunicationApi>
{
    World World => api.World;

    [Fact]
    public async Task Requester_and_head_read_what_the_other_wrote_in_order()
    {
        var ticket = await api.AssignedAsync();
        var first = await api.SayAsync(World.ItHead, ticket.Id, "Which printer is it?");
        await api.SayAsync(World.Requester, ticket.Id, "The one on the third floor.");

        (await api.SeesAsync(World.Requester, ticket.Id)).ShouldBe(["Which printer is it?", "The one on the third floor."]);
        (await api.SeesAsync(World.ItHead, ticket.Id)).ShouldBe(["Which printer is it?", "The one on the third floor."]);
        first.ShouldSatisfyAllConditions(
            m => m.Sender.FirstName.ShouldBe("IT-1"), m => m.Number.ShouldBe(1), m => m.SessionNo.ShouldBe(1), m => m.IsSystem.ShouldBeFalse());
    }

    [Fact]
    public async Task A_ticket_is_named_by_its_number_too()
    {
        var ticket = await api.SubmittedAsync();
        await api.SayAsync(World.Requester, ticket.Id, "Hello");

        (await api.Chat(World.Requester).ReadAsync<CursorPage<MessageView>>($"/api/v1/tickets/{ticket.Number!.ToLowerInvariant()}/messages")).Data.Single().Message.ShouldBe("Hello");
    }

    [Fact]
    public async Task A_ticket_of_a_moment_ago_takes_messages_though_its_feed_is_on_the_way()
    {
        var ticket = await api.Desk(World.Requester).DoAsync<TicketView>(
            HttpMethod.Post, Acts.Tickets, new CreateTicketRequest("No toner", "None.", Priority.Low, "hardware", World.It, Submit: true));

        (await api.SayAsync(World.Requester, ticket.Id, "At once")).Number.ShouldBe(1);
    }

    [Fact]
    public async Task Nobody_else_knows_of_a_chat_and_drafts_have_none()
    {
        var ticket = await api.SubmittedAsync();
        var draft = await api.Desk(World.Requester).DoAsync<TicketView>(HttpMethod.Post, Acts.Tickets, new CreateTicketRequest("Later"));

        await api.TrySayAsync(World.Stranger, ticket.Id, "Me too").ShouldBeAsync(Codes.NotFound);
        await api.Chat(World.Stranger).GetAsync(Acts.Messages(ticket.Id)).ShouldBeAsync(Codes.NotFound);
        await api.Chat(World.FinanceHead).GetAsync(Acts.Messages(ticket.Id)).ShouldBeAsync(Codes.NotFound);
        await api.TrySayAsync(World.Requester, draft.Id, "Note to self").ShouldBeAsync(Codes.NotFound);
        await api.TrySayAsync(World.Requester, Guid.NewGuid(), "Nowhere").ShouldBeAsync(Codes.NotFound);
    }

    [Fact]
    public async Task The_head_of_the_department_who_takes_no_part_hears_that_he_may_not()
    {
        var ticket = await api.SubmittedAsync();

        await api.TrySayAsync(World.ItHead, ticket.Id, "Ours?").ShouldBeAsync(Codes.Forbidden);
    }

    [Fact]
    public async Task A_moderator_who_speaks_takes_part_from_then_on()
    {
        var ticket = await api.SubmittedAsync();
        await api.SayAsync(World.OtherModerator, ticket.Id, "We look at it.");

        (await api.PartsAsync(ticket.Id))[World.OtherModerator.Id].Role.ShouldBe(RoleInTicket.Moderator);
    }

    [Fact]
    public async Task An_admin_reads_and_is_seen_to_have_read_but_writes_nothing()
    {
        var ticket = await api.SubmittedAsync();
        await api.SayAsync(World.Requester, ticket.Id, "Private, really.");

        (await api.SeesAsync(World.Admin, ticket.Id)).ShouldBe(["Private, really."]);
        await api.TrySayAsync(World.Admin, ticket.Id, "Hm.").ShouldBeAsync(Codes.Forbidden);
        var audit = await api.Chat(World.Admin).ReadAsync<CursorPage<AuditEntry>>($"/api/v1/audit/communication?subject_id={ticket.Id}&type=chat.read_by_admin.v1");
        audit.Data.Single().ActorId.ShouldBe(World.Admin.Id);
    }

    [Fact]
    public async Task A_closed_ticket_takes_no_message_and_its_chat_can_be_read()
    {
        var ticket = await api.InProgressAsync();
        var said = await api.SayAsync(World.Requester, ticket.Id, "Thank you");
        await api.ActAsync(World.ItHead, ticket.Id, "complete", new CompleteTicketRequest("Done."));
        await api.ActAsync(World.Moderator, ticket.Id, "close");

        await api.TrySayAsync(World.Requester, ticket.Id, "One more thing").ShouldBeAsync(Codes.ChatClosed);
        await api.Chat(World.Requester).PatchAsync($"{Acts.Messages(ticket.Id)}/{said.Id}", new EditMessageRequest("Thanks")).ShouldBeAsync(Codes.ChatClosed);
        await api.Chat(World.Requester).DeleteAsync($"{Acts.Messages(ticket.Id)}/{said.Id}").ShouldBeAsync(Codes.ChatClosed);
        (await api.SeesAsync(World.Requester, ticket.Id)).ShouldBe(["Thank you"]);
    }

    [Fact]
    public async Task A_reopened_ticket_begins_a_session_and_the_one_before_is_read_only()
    {
        var ticket = await api.InProgressAsync();
        var said = await api.SayAsync(World.Requester, ticket.Id, "In the first");
        await api.ActAsync(World.ItHead, ticket.Id, "complete", new CompleteTicketRequest("Done."));
        await api.ActAsync(World.Moderator, ticket.Id, "close");
        await api.ActAsync(World.Moderator, ticket.Id, "reopen");

        (await api.SayAsync(World.Requester, ticket.Id, "In the second")).SessionNo.ShouldBe(2);
        (await api.SeesAsync(World.Requester, ticket.Id, "&session=1")).ShouldBe(["In the first"]);
        (await api.SeesAsync(World.Requester, ticket.Id, "&session=2")).ShouldBe(["In the second"]);
        await api.Chat(World.Requester).PatchAsync($"{Acts.Messages(ticket.Id)}/{said.Id}", new EditMessageRequest("Changed")).ShouldBeAsync(Codes.ChatClosed);
    }

    [Fact]
    public async Task Who_wrote_a_message_edits_it_for_a_quarter_of_an_hour_and_nobody_else_does()
    {
        var ticket = await api.AssignedAsync();
        var said = await api.SayAsync(World.Requester, ticket.Id, "Thrid floor");
        var path = $"{Acts.Messages(ticket.Id)}/{said.Id}";

        await api.Chat(World.ItHead).PatchAsync(path, new EditMessageRequest("Fourth floor")).ShouldBeAsync(Codes.Forbidden);
        await api.Chat(World.Moderator).PatchAsync(path, new EditMessageRequest("Fourth floor")).ShouldBeAsync(Codes.Forbidden);
        var edited = await api.Chat(World.Requester).DoAsync<MessageView>(HttpMethod.Patch, path, new EditMessageRequest("Third floor"));
        edited.ShouldSatisfyAllConditions(m => m.Message.ShouldBe("Third floor"), m => m.EditedAt.ShouldNotBeNull(), m => m.Version.ShouldBe(2));
        await api.Chat(World.Requester).PatchAsync(path, new EditMessageRequest("Old"), version: 1).ShouldBeAsync(Codes.PreconditionFailed);
        await api.Chat(World.Requester).PatchAsync(path, new EditMessageRequest("Old", Version: 1)).ShouldBeAsync(Codes.VersionConflict);

        api.Clock.Advance(TimeSpan.FromMinutes(16));
        await api.Chat(World.Requester).PatchAsync(path, new EditMessageRequest("Too late")).ShouldBeAsync(Codes.EditExpired);
        await api.Chat(World.Requester).DeleteAsync(path).ShouldBeAsync(Codes.EditExpired);
    }

    [Fact]
    public async Task A_deleted_message_keeps_its_place_without_its_text_and_a_moderator_deletes_any()
    {
        var ticket = await api.AssignedAsync();
        var said = await api.SayAsync(World.Requester, ticket.Id, "My password is 1234");
        await api.SayAsync(World.Requester, ticket.Id, "Forget that");
        api.Clock.Advance(TimeSpan.FromHours(1));
        var path = $"{Acts.Messages(ticket.Id)}/{said.Id}";

        await api.Chat(World.ItHead).DeleteAsync(path).ShouldBeAsync(Codes.Forbidden);
        await api.Chat(World.Moderator).DeleteAsync(path).ShouldBeAsync(HttpStatusCode.NoContent);
        (await api.SeesAsync(World.Requester, ticket.Id)).ShouldBe([null, "Forget that"]);
        (await api.SeesAsync(World.Requester, ticket.Id, "&q=password")).ShouldBeEmpty();
        (await api.Chat(World.Admin).ReadAsync<CursorPage<AuditEntry>>($"/api/v1/audit/communication?subject_id={said.Id}&type=message.deleted.v1"))
            .Data.Single().ActorId.ShouldBe(World.Moderator.Id);
        await api.Chat(World.Moderator).DeleteAsync(path).ShouldBeAsync(Codes.NotFound);
    }

    [Fact]
    public async Task Only_participants_are_mentioned()
    {
        var ticket = await api.AssignedAsync();

        (await api.TrySayAsync(World.Requester, ticket.Id, "Ask her", World.Stranger.Id).ShouldBeAsync(Codes.UnknownReference)).GetProperty("errors").GetProperty("mentions");
        (await api.SeesAsync(World.Requester, ticket.Id)).ShouldBeEmpty();
        (await api.SayAsync(World.Requester, ticket.Id, "Ask him", World.ItHead.Id, World.ItHead.Id)).Mentions.ShouldBe([World.ItHead.Id]);
    }

    [Fact]
    public async Task A_message_is_found_by_the_beginnings_of_its_words_in_its_own_ticket()
    {
        var (one, other) = (await api.AssignedAsync(), await api.AssignedAsync());
        await api.SayAsync(World.Requester, one.Id, "The cartridge is empty");
        await api.SayAsync(World.ItHead, one.Id, "A new one is ordered");
        await api.SayAsync(World.Requester, other.Id, "Which cartridge?");

        (await api.SeesAsync(World.ItHead, one.Id, "&q=CARTR%20emp")).ShouldBe(["The cartridge is empty"]);
        (await api.SeesAsync(World.ItHead, one.Id, "&q=nothing")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_long_chat_is_read_part_by_part_with_none_missing_and_none_twice()
    {
        var ticket = await api.SubmittedAsync();
        foreach (var n in Enumerable.Range(1, 25))
            await api.SayAsync(World.Requester, ticket.Id, $"{n}");

        var read = new List<int>();
        for (string? after = ""; after is not null;)
        {
            var page = await api.Chat(World.Requester).ReadAsync<CursorPage<MessageView>>($"{Acts.Messages(ticket.Id)}?limit=7&after={after}");
            read.AddRange(page.Data.Select(m => m.Number));
            after = page.Next;
        }

        read.ShouldBe(Enumerable.Range(1, 25).Reverse());
    }

    [Fact]
    public async Task Written_at_once_by_many_every_message_has_a_place_of_its_own()
    {
        var ticket = await api.AssignedAsync();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(n => api.SayAsync(n % 2 == 0 ? World.Requester : World.ItHead, ticket.Id, $"{n}")));

        (await api.Chat(World.Requester).ReadAsync<CursorPage<MessageView>>($"{Acts.Messages(ticket.Id)}?limit=100")).Data
            .Select(m => m.Number).ShouldBe(Enumerable.Range(1, 40).Reverse());
    }

    [Fact]
    public async Task The_same_message_sent_again_under_its_key_is_there_once()
    {
        var ticket = await api.SubmittedAsync();
        var request = new PostMessageRequest("Once");
        foreach (var _ in Enumerable.Range(0, 3))
            (await api.Chat(World.Requester).SendAsync(HttpMethod.Post, Acts.Messages(ticket.Id), request, key: $"once-{ticket.Id}")).StatusCode.ShouldBe(HttpStatusCode.Created);

        (await api.SeesAsync(World.Requester, ticket.Id)).ShouldBe(["Once"]);
    }

    [Fact]
    public async Task A_moderators_question_and_its_answer_are_part_of_the_talk()
    {
        var ticket = await api.SubmittedAsync();
        await api.ActAsync(World.Moderator, ticket.Id, "review");
        await api.ActAsync(World.Moderator, ticket.Id, "request_clarification", new RequestClarificationRequest("Which floor?"));
        await api.ActAsync(World.Requester, ticket.Id, "clarify", new ClarifyTicketRequest("The third."));

        var messages = (await api.Chat(World.Requester).ReadAsync<CursorPage<MessageView>>(Acts.Messages(ticket.Id))).Data;
        messages.Select(m => (m.Message, m.Sender.Id, m.IsSystem)).ShouldBe([("The third.", World.Requester.Id, true), ("Which floor?", World.Moderator.Id, true)]);
    }

    [Fact]
    public async Task A_requester_who_answers_in_the_chat_has_answered()
    {
        var ticket = await api.SubmittedAsync();
        await api.ActAsync(World.Moderator, ticket.Id, "review");
        await api.ActAsync(World.Moderator, ticket.Id, "request_clarification", new RequestClarificationRequest("Which floor?"));
        await api.SayAsync(World.Requester, ticket.Id, "The third.");

        await Eventually.ShouldAsync(async () => !(await api.Desk(World.Moderator).ReadAsync<TicketView>($"{Acts.Tickets}/{ticket.Id}")).AwaitingRequester);
        await api.HeardAsync();
        (await api.SeesAsync(World.Requester, ticket.Id)).ShouldBe(["Which floor?", "The third."]);
    }

    [Fact]
    public async Task Reading_on_is_remembered_and_never_goes_back()
    {
        var ticket = await api.AssignedAsync();
        var said = new List<MessageView>();
        foreach (var n in Enumerable.Range(1, 3))
            said.Add(await api.SayAsync(World.ItHead, ticket.Id, $"{n}"));
        (await UnreadAsync()).ShouldBe(3);

        (await ReadAsync(said[1])).Unread.ShouldBe(1);
        (await ReadAsync(said[0])).ShouldSatisfyAllConditions(u => u.Unread.ShouldBe(1), u => u.LastReadMessageId.ShouldBe(said[1].Id));
        (await api.PartsAsync(ticket.Id))[World.Requester.Id].LastReadMessageId.ShouldBe(said[1].Id);
        (await ReadAsync(said[2])).Unread.ShouldBe(0);
        (await UnreadAsync()).ShouldBe(0);
        await api.SayAsync(World.Requester, ticket.Id, "My own counts as read");
        (await UnreadAsync()).ShouldBe(0);
        await api.Chat(World.Requester).PostAsync($"{Acts.Messages(ticket.Id)}/read", new ReadMessagesRequest(Guid.NewGuid())).ShouldBeAsync(Codes.UnknownReference);

        Task<UnreadMessages> ReadAsync(MessageView message) =>
            api.Chat(World.Requester).DoAsync<UnreadMessages>(HttpMethod.Post, $"{Acts.Messages(ticket.Id)}/read", new ReadMessagesRequest(message.Id));

        async Task<int> UnreadAsync() => (await api.Chat(World.Requester).ReadAsync<IReadOnlyList<UnreadMessages>>("/api/v1/messages/unread"))
            .SingleOrDefault(u => u.TicketId == ticket.Id)?.Unread ?? 0;
    }

    [Fact]
    public async Task Another_service_is_told_what_somebody_sees()
    {
        var ticket = await api.AssignedAsync();
        var said = await api.SayAsync(World.Requester, ticket.Id, "With a picture");
        var client = new CommunicationClient(api.AsService());

        (await client.MessagesSeenAsync(World.ItHead.Id, [said.Id, Guid.NewGuid()], CancellationToken.None)).Messages.ShouldBe([new MessageSight(said.Id, ticket.Id, World.Requester.Id, true)]);
        (await client.MessagesSeenAsync(World.Stranger.Id, [said.Id], CancellationToken.None)).Messages.ShouldBeEmpty();
        (await client.MessagesSeenAsync(World.Stranger.Id, [said.Id], CancellationToken.None, Role.Moderator)).Messages.Count.ShouldBe(1);
        (await client.MessagesSeenAsync(World.OtherModerator.Id, [said.Id], CancellationToken.None)).Messages.Count.ShouldBe(1, "the role is known here, too");
        await api.Chat(World.Admin).PostAsync("/api/v1/messages/sight", new MessageSightRequest(World.Admin.Id, [said.Id])).ShouldBeAsync(Codes.Forbidden);
    }
}
