using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Views.Tests;

[Collection(nameof(SharedViews))]
public sealed class BoardTests(ViewsApi api)
{
    World World => api.World;

    [Fact]
    public async Task Everybody_is_shown_what_the_tickets_service_lists_for_them_and_nothing_else()
    {
        await api.BusyDayAsync();

        foreach (var user in World.Everybody)
        {
            var listed = (await api.Desk(user).ReadAsync<Paged<TicketView>>($"{Acts.Tickets}?limit=100")).Data;
            var shown = (await api.BoardAsync(user)).Data.Concat((await api.BoardAsync(user, "tab=drafts")).Data).ToList();

            shown.Select(r => r.Id).ShouldBe(listed.Select(t => t.Id), ignoreOrder: true, user.Code);
            foreach (var ticket in listed)
            {
                var row = shown.Single(r => r.Id == ticket.Id);
                (row.Number, row.Title, row.Status, row.Priority, row.Category, row.Requester, row.Department, row.Assignee, row.ClaimedBy, row.ProgressPercent, row.SubTickets, row.Version)
                    .ShouldBe((ticket.Number, ticket.Title, ticket.Status, ticket.Priority, ticket.Category, ticket.Requester, ticket.Department, ticket.Assignee, ticket.ClaimedBy,
                        ticket.ProgressPercent, ticket.SubTickets, ticket.Version), user.Code);
                row.Sla?.DueAt.ShouldBe(ticket.Sla?.DueAt);
                row.Sla?.State.ShouldBe(ticket.Sla?.State);
            }
        }

        (await api.BoardAsync(World.Teammate)).Data.ShouldNotBeEmpty();
        (await api.BoardAsync(World.Teammate)).Data.ShouldAllBe(r => r.Requester == null && r.Messages == 0);
        (await api.BoardAsync(World.Guest)).Data.Select(r => r.Title).ShouldBe(["Somebody else's", "Refused"], ignoreOrder: true);
    }

    [Fact]
    public async Task Each_tab_counts_what_it_lists()
    {
        await api.BusyDayAsync();
        api.Clock.Advance(TimeSpan.FromHours(25));

        foreach (var user in World.Everybody)
        {
            foreach (var count in (await api.BoardAsync(user)).Counts)
            {
                var page = await api.BoardAsync(user, $"tab={count.Tab.Word()}");
                page.Data.Count.ShouldBe(count.Count, $"{user.Code} {count.Tab}");
                page.Total.ShouldBe(count.Count);
            }
        }

        var counts = (await api.BoardAsync(World.Moderator)).Counts.ToDictionary(c => c.Tab, c => c.Count);
        counts[BoardTab.Attention].ShouldBeGreaterThan(0);
        counts[BoardTab.Drafts].ShouldBe(0);
        (await api.BoardAsync(World.Approver, "tab=waiting_for_me")).Data.ShouldAllBe(r => r.Title == "A bill");
        (await api.BoardAsync(World.Approver, "tab=waiting_for_me")).Data.ShouldNotBeEmpty();
        (await api.BoardAsync(World.Requester, "tab=mine&status=postponed")).Data.ShouldAllBe(r => r.Status == TicketStatus.Postponed);
    }

    [Fact]
    public async Task Filters_narrow_the_list_and_unknown_ones_are_refused()
    {
        var urgent = await api.OpenAsync("A flood of coffee", priority: Priority.Urgent);
        await api.OpenAsync("A drop of tea", priority: Priority.Low);
        await api.HeardAsync();

        foreach (var query in new[]
        {
            "q=flood", $"q={urgent.Number}", "q=cof&priority=urgent,high", $"department_id={World.It}&q=flood", $"requester_id={World.Requester.Id}&q=flood", "assignee_id=none&q=flood",
            "category=hardware&q=flood&status=submitted,pending", $"q=flood&created_from={Uri.EscapeDataString(urgent.CreatedAt.ToString("O", CultureInfo.InvariantCulture))}",
        })
        {
            var page = await api.BoardAsync(World.Moderator, query);
            page.Data.Select(r => r.Id).ShouldBe([urgent.Id], query);
            page.Total.ShouldBe(1);
        }

        (await api.BoardAsync(World.Moderator, "breached=true&q=flood")).Data.ShouldBeEmpty();
        (await api.BoardAsync(World.Moderator, "tab=done&status=submitted")).Data.ShouldBeEmpty();
        await api.Views(World.Moderator).GetAsync($"{Acts.Board}?prio=urgent").ShouldBeAsync(Codes.Malformed);
        await api.Views(World.Moderator).GetAsync($"{Acts.Board}?tab=nothing").ShouldBeAsync(Codes.ValidationFailed);
        await api.Views(World.Moderator).GetAsync($"{Acts.Board}?sort=colour").ShouldBeAsync(Codes.ValidationFailed);
        await api.Views(World.Moderator).GetAsync($"{Acts.Board}?after=zzz").ShouldBeAsync(Codes.Malformed);
        await api.Views(World.Moderator).GetAsync($"{Acts.Board}?limit=101").ShouldBeAsync(Codes.ValidationFailed);
    }

    [Theory]
    [InlineData("-last_activity_at")]
    [InlineData("created_at")]
    [InlineData("-updated_at")]
    [InlineData("submitted_at")]
    [InlineData("-due_at")]
    [InlineData("priority")]
    [InlineData("-number")]
    [InlineData("title")]
    public async Task Pages_follow_each_other_both_ways_in_every_order(string sort)
    {
        await api.BusyDayAsync();
        foreach (var user in new[] { World.Moderator, World.ItHead })
        {
            var all = (await api.BoardAsync(user, $"sort={sort}")).Data.Select(r => r.Id).ToList();
            var there = new List<Guid>();
            BoardPage page;
            string? after = null, last = null;
            do
            {
                page = await PageAsync(user, sort, after is null ? "" : $"&after={after}");
                (page.Previous is null).ShouldBe(after is null);
                there.AddRange(page.Data.Select(r => r.Id));
                (last, after) = (page.Previous, page.Next);
            }
            while (after is not null);

            there.ShouldBe(all);
            var back = page.Data.Select(r => r.Id).Reverse().ToList();
            while (last is not null)
            {
                page = await PageAsync(user, sort, $"&before={last}");
                page.Next.ShouldNotBeNull();
                back.AddRange(page.Data.Select(r => r.Id).Reverse());
                last = page.Previous;
            }

            Enumerable.Reverse(back).ShouldBe(all);
        }

        Task<BoardPage> PageAsync(TestUser user, string by, string more) => api.Views(user).ReadAsync<BoardPage>($"{Acts.Board}?limit=3&sort={by}{more}");
    }

    [Fact]
    public async Task What_one_has_not_read_is_counted_for_each_who_takes_part()
    {
        var ticket = await api.AssignedAsync("Something to talk about");
        await api.HeardAsync();
        await api.SayAsync(World.Requester, ticket.Id, "One");
        var second = await api.SayAsync(World.Requester, ticket.Id, "Two");
        await api.HeardAsync();

        (await api.RowAsync(World.ItHead, ticket.Id))!.ShouldSatisfyAllConditions(r => r.Messages.ShouldBe(2), r => r.Unread.ShouldBe(2), r => r.LastActivityAt.ShouldBe(second.CreatedAt));
        (await api.RowAsync(World.Requester, ticket.Id))!.Unread.ShouldBe(0);
        (await api.RowAsync(World.Admin, ticket.Id))!.Unread.ShouldBe(0);

        await api.Chat(World.ItHead).DoAsync<UnreadMessages>(HttpMethod.Post, $"{Acts.Tickets}/{ticket.Id}/messages/read", new ReadMessagesRequest(second.Id));
        (await api.Chat(World.Moderator).DeleteAsync($"{Acts.Tickets}/{ticket.Id}/messages/{second.Id}")).EnsureSuccessStatusCode();
        await api.HeardAsync();
        (await api.RowAsync(World.ItHead, ticket.Id))!.ShouldSatisfyAllConditions(r => r.Messages.ShouldBe(1), r => r.Unread.ShouldBe(0));
    }

    [Fact]
    public async Task Files_are_counted_with_their_ticket()
    {
        var ticket = await api.OpenAsync("With a picture");
        await api.HeardAsync();
        using var upload = new HttpRequestMessage(HttpMethod.Post, "/api/v1/files") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes("A plain text.")) };
        upload.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        upload.Headers.Add("X-File-Name", "note.txt");
        var file = await (await api.On(Services.Files, World.Requester).SendAsync(upload)).ReadAsync<FileView>();
        (await api.On(Services.Files, World.Requester).SendAsync(HttpMethod.Post, $"{Acts.Tickets}/{ticket.Id}/attachments", new AttachFilesRequest([file.Id]))).EnsureSuccessStatusCode();
        await api.HeardAsync();

        (await api.RowAsync(World.Requester, ticket.Id))!.Attachments.ShouldBe(1);
    }

    [Fact]
    public async Task Who_sends_the_position_of_a_write_finds_it_on_the_board()
    {
        var ticket = await api.OpenAsync("Soon to be reviewed");
        await api.HeardAsync();
        using var written = await api.Desk(World.Moderator).SendAsync(HttpMethod.Post, $"{Acts.Tickets}/{ticket.Id}/review");
        using var said = await api.Chat(World.Moderator).PostAsync($"{Acts.Tickets}/{ticket.Id}/messages", new PostMessageRequest("Looking at it"));
        var positions = $"{written.Headers.GetValues("X-HDMS-Position").Single()},{said.Headers.GetValues("X-HDMS-Position").Single()}";

        using var answer = await AskAsync(positions);
        answer.Headers.Contains("X-HDMS-Stale").ShouldBeFalse();
        (await answer.ReadAsync<BoardPage>()).Data.Single().ShouldSatisfyAllConditions(r => r.Status.ShouldBe(TicketStatus.UnderReview), r => r.Messages.ShouldBe(1));

        using var never = await AskAsync("tickets=1.999999999");
        never.Headers.GetValues("X-HDMS-Stale").ShouldBe(["true"]);

        Task<HttpResponseMessage> AskAsync(string at)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, $"{Acts.Board}?q=Soon");
            request.Headers.Add("X-HDMS-Position", at);
            return api.Views(World.Moderator).SendAsync(request);
        }
    }
}
