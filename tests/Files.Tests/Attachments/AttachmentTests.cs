using System.Net;
using Hdms.Contracts;
using Hdms.Files.Work;
using Hdms.Kit.Problems;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Files.Tests.Attachments;

/// <summary>Files on tickets, sub-tickets and messages, and who may do what with them.</summary>
public sealed class AttachmentTests(FilesApi api) : IClassFixture<FilesApi>
{
    World World => api.World;

    HttpClient Requester => api.As(World.Requester);

    HttpClient Moderator => api.As(World.Moderator);

    [Fact]
    public async Task An_attachment_is_seen_by_whoever_sees_the_ticket()
    {
        var ticket = await api.AssignedAsync();
        var file = await Requester.AttachAsync(ticket.Id, await Requester.UploadAsync(FileActs.Pdf()));

        foreach (var user in new[] { World.Requester, World.Moderator, World.ItHead, World.Admin })
        {
            (await api.As(user).AttachmentsAsync(ticket.Id)).Single().Id.ShouldBe(file.Id);
            (await api.As(user).BytesAsync(file.Id)).ShouldBe(FileActs.Pdf());
        }

        foreach (var user in new[] { World.Stranger, World.FinanceHead })
        {
            await api.As(user).GetAsync($"/api/v1/tickets/{ticket.Id}/attachments").ShouldBeAsync(Codes.NotFound);
            await api.As(user).GetAsync($"{FileActs.Path}/{file.Id}").ShouldBeAsync(Codes.NotFound);
            await api.As(user).ContentAsync(file.Id).ShouldBeAsync(Codes.NotFound);
        }

        (await api.EventsAsync(file.Id)).ShouldBe(["file.uploaded.v1", "file.attached.v1"]);
    }

    [Fact]
    public async Task To_attach_what_is_attached_already_changes_nothing()
    {
        var ticket = await api.DraftAsync();
        var file = await Requester.AttachAsync(ticket.Id, await Requester.UploadAsync(FileActs.Pdf()));

        var again = await Requester.AttachAsync(ticket.Id, file);

        again.Version.ShouldBe(file.Version);
        (await Requester.AttachmentsAsync(ticket.Id)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_attached_to_one_thing_is_not_attached_to_another()
    {
        var (one, other) = (await api.DraftAsync(), await api.DraftAsync());
        var file = await Requester.AttachAsync(one.Id, await Requester.UploadAsync(FileActs.Pdf()));

        await Requester.TryAttachAsync(other.Id, file.Id).ShouldBeAsync(Codes.AlreadyExists);
    }

    [Fact]
    public async Task Of_several_files_all_are_attached_or_none()
    {
        var ticket = await api.DraftAsync();
        var mine = await Requester.UploadAsync(FileActs.Pdf());
        var others = await api.As(World.Stranger).UploadAsync(FileActs.Pdf());

        await Requester.TryAttachAsync(ticket.Id, mine.Id, others.Id).ShouldBeAsync(Codes.UnknownReference);

        (await Requester.AttachmentsAsync(ticket.Id)).ShouldBeEmpty();
        (await Requester.FileAsync(mine.Id)).TicketId.ShouldBeNull();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(21)]
    public async Task One_to_twenty_files_are_attached_at_once(int count)
    {
        var ticket = await api.DraftAsync();

        await Requester.TryAttachAsync(ticket.Id, [.. Enumerable.Range(0, count).Select(_ => Guid.NewGuid())]).ShouldBeAsync(Codes.ValidationFailed);
    }

    [Fact]
    public async Task Requester_head_and_moderators_add_attachments_and_who_only_reads_does_not()
    {
        var ticket = await api.AssignedAsync();
        foreach (var user in new[] { World.Requester, World.ItHead, World.Moderator })
            await api.As(user).AttachAsync(ticket.Id, await api.As(user).UploadAsync(FileActs.Pdf()));

        var admins = await api.As(World.Admin).UploadAsync(FileActs.Pdf());
        await api.As(World.Admin).TryAttachAsync(ticket.Id, admins.Id).ShouldBeAsync(Codes.Forbidden);
    }

    [Fact]
    public async Task To_a_closed_ticket_only_moderators_add()
    {
        var ticket = await api.AssignedAsync();
        await api.ActAsync(World.Moderator, ticket.Id, "force_close", new ReasonedActionRequest("Enough."));

        var mine = await Requester.UploadAsync(FileActs.Pdf());
        await Requester.TryAttachAsync(ticket.Id, mine.Id).ShouldBeAsync(Codes.Forbidden);
        await Moderator.AttachAsync(ticket.Id, await Moderator.UploadAsync(FileActs.Pdf()));
    }

    [Fact]
    public async Task An_owner_takes_attachments_away_from_a_draft_and_then_only_moderators_do()
    {
        var ticket = await api.DraftAsync();
        var (one, other) = (await AttachedAsync(ticket.Id), await AttachedAsync(ticket.Id));
        await RemoveAsync(Requester, ticket.Id, one).ShouldBeAsync(HttpStatusCode.NoContent);
        await api.ActAsync(World.Requester, ticket.Id, "submit");

        await RemoveAsync(Requester, ticket.Id, other).ShouldBeAsync(Codes.Forbidden);
        await RemoveAsync(Moderator, ticket.Id, other).ShouldBeAsync(HttpStatusCode.NoContent);

        (await Requester.AttachmentsAsync(ticket.Id)).ShouldBeEmpty();
        await Requester.ContentAsync(other.Id).ShouldBeAsync(Codes.NotFound);
        (await api.Database.ScalarAsync<string>("SELECT data ->> 'reason' FROM files_events WHERE stream_id = @Id AND type = 'file.removed.v1'", new { other.Id }))
            .ShouldBe("Attachment removed by Moderator");
        (await api.Database.ScalarAsync<Guid>("SELECT removed_by FROM attachments WHERE id = @Id", new { other.Id })).ShouldBe(World.Moderator.Id);
    }

    [Fact]
    public async Task An_attachment_is_removed_from_what_it_is_attached_to()
    {
        var (ticket, other) = (await api.DraftAsync(), await api.DraftAsync());
        var file = await AttachedAsync(ticket.Id);

        await RemoveAsync(Requester, other.Id, file).ShouldBeAsync(Codes.NotFound);
        await Requester.SendAsync(HttpMethod.Delete, $"/api/v1/tickets/{ticket.Id}/attachments/{file.Id}", version: 1).ShouldBeAsync(Codes.PreconditionFailed);
    }

    [Fact]
    public async Task Who_is_no_longer_concerned_sees_nothing_from_that_moment_on()
    {
        var ticket = await api.AssignedAsync();
        var file = await AttachedAsync(ticket.Id);
        var head = api.As(World.ItHead);
        (await head.BytesAsync(file.Id)).ShouldNotBeEmpty();

        await api.ActAsync(World.Moderator, ticket.Id, "reassign", new { department_id = World.Finance, reason = "It is theirs." });

        await head.ContentAsync(file.Id).ShouldBeAsync(Codes.NotFound);
        await head.GetAsync($"/api/v1/tickets/{ticket.Id}/attachments").ShouldBeAsync(Codes.NotFound);
        (await api.As(World.FinanceHead).BytesAsync(file.Id)).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Attachments_of_a_sub_ticket_belong_to_its_head_and_when_it_is_merged_to_the_ticket()
    {
        var ticket = await api.AssignedAsync();
        await api.ActAsync(World.ItHead, ticket.Id, "start");
        await api.ActAsync(World.Moderator, ticket.Id, "split", new SplitTicketRequest([new NewSubTicket("A part of it", World.Finance)]));
        var sub = (await api.TicketsAs(World.Moderator).ReadAsync<Paged<SubTicketView>>($"/api/v1/tickets/{ticket.Id}/subtickets")).Data.Single();
        var head = api.As(World.FinanceHead);
        var file = (await head.DoAsync<AttachmentsView>(
            HttpMethod.Post, $"/api/v1/subtickets/{sub.Id}/attachments", new AttachFilesRequest([(await head.UploadAsync(FileActs.Pdf())).Id]))).Data.Single();
        (file.SubTicketId, file.TicketId).ShouldBe((sub.Id, null));
        (await head.ReadAsync<AttachmentsView>($"/api/v1/subtickets/{sub.Id}/attachments")).Data.Count.ShouldBe(1);
        await api.As(World.Stranger).GetAsync($"/api/v1/subtickets/{sub.Id}/attachments").ShouldBeAsync(Codes.NotFound);

        await api.TicketsAs(World.FinanceHead).PostAsync($"/api/v1/subtickets/{sub.Id}/start", new { });
        await api.TicketsAs(World.FinanceHead).PostAsync($"/api/v1/subtickets/{sub.Id}/complete", new CompleteTicketRequest("Done."));
        (await api.TicketsAs(World.Moderator).PostAsync($"/api/v1/subtickets/{sub.Id}/close", new CloseSubTicketRequest(MergedIntoParent: true))).EnsureSuccessStatusCode();

        await Eventually.ShouldAsync(async () => (await Moderator.AttachmentsAsync(ticket.Id)).Any(f => f.Id == file.Id));
        (await Moderator.FileAsync(file.Id)).ShouldSatisfyAllConditions(f => f.SubTicketId.ShouldBeNull(), f => f.TicketId.ShouldBe(ticket.Id));
        (await api.EventsAsync(file.Id)).ShouldBe(["file.uploaded.v1", "file.attached.v1", "file.relinked.v1"]);
    }

    [Fact]
    public async Task Attachments_of_a_message_are_seen_by_who_sees_the_message_and_added_by_who_wrote_it()
    {
        var ticket = await api.AssignedAsync();
        var message = api.Chat.Add(ticket.Id, World.Requester, sessionOpen: true, World.ItHead, World.Moderator);
        var file = (await Requester.DoAsync<AttachmentsView>(
            HttpMethod.Post, $"/api/v1/messages/{message}/attachments", new AttachFilesRequest([(await Requester.UploadAsync(FileActs.Pdf())).Id]))).Data.Single();
        file.MessageId.ShouldBe(message);

        (await api.As(World.ItHead).BytesAsync(file.Id)).ShouldNotBeEmpty();
        await api.As(World.Stranger).ContentAsync(file.Id).ShouldBeAsync(Codes.NotFound);
        var heads = await api.As(World.ItHead).UploadAsync(FileActs.Pdf());
        await api.As(World.ItHead).PostAsync($"/api/v1/messages/{message}/attachments", new AttachFilesRequest([heads.Id])).ShouldBeAsync(Codes.Forbidden);

        api.Chat.Remove(message, World.ItHead);
        await api.As(World.ItHead).ContentAsync(file.Id).ShouldBeAsync(Codes.NotFound);

        await Requester.DeleteAsync($"/api/v1/messages/{message}/attachments/{file.Id}").ShouldBeAsync(Codes.Forbidden);
        await Moderator.DeleteAsync($"/api/v1/messages/{message}/attachments/{file.Id}").ShouldBeAsync(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task To_a_message_of_a_closed_chat_nothing_is_added()
    {
        var ticket = await api.AssignedAsync();
        var message = api.Chat.Add(ticket.Id, World.Requester, sessionOpen: false);
        var file = await Requester.UploadAsync(FileActs.Pdf());

        await Requester.PostAsync($"/api/v1/messages/{message}/attachments", new AttachFilesRequest([file.Id])).ShouldBeAsync(Codes.Forbidden);
    }

    [Fact]
    public async Task A_discarded_draft_takes_its_attachments_with_it_and_their_bytes_a_month_later()
    {
        await using var own = await FilesApi.StartAsync();
        var requester = own.As(own.World.Requester);
        var ticket = await own.DraftAsync();
        var file = await requester.AttachAsync(ticket.Id, await requester.UploadAsync(FileActs.Pdf()));
        (await own.TicketsAs(own.World.Requester).DeleteAsync($"/api/v1/tickets/{ticket.Id}")).EnsureSuccessStatusCode();

        await Eventually.ShouldAsync(() => own.Database.ScalarAsync<bool>("SELECT is_deleted FROM attachments WHERE id = @Id", new { file.Id })!);
        Stored().ShouldBe(1, "a backup may still name them");
        own.Clock.Advance(TimeSpan.FromDays(31));

        await Eventually.ShouldAsync(() => Task.FromResult(Stored() == 0));

        int Stored() => Directory.EnumerateFiles(own.Folder, file.Id.ToString("N"), SearchOption.AllDirectories).Count();
    }

    [Fact]
    public async Task While_the_tickets_service_is_away_nobody_can_tell_who_may_see_what()
    {
        await using var own = await FilesApi.StartAsync();
        var requester = own.As(own.World.Requester);
        var ticket = await own.DraftAsync();
        var file = await requester.AttachAsync(ticket.Id, await requester.UploadAsync(FileActs.Pdf()));
        await own.StopTicketsAsync();

        await requester.ContentAsync(file.Id).ShouldBeAsync(Codes.ReferenceUnavailable);

        await own.StartTicketsAsync();
        await Eventually.ShouldAsync(async () => (await requester.ContentAsync(file.Id)).StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_is_attached_to_nothing_goes_after_a_day_whoever_looks_and_what_is_attached_stays()
    {
        await using var own = await FilesApi.StartAsync(("files_keep_deleted_days", "0"));
        var requester = own.As(own.World.Requester);
        var kept = await requester.AttachAsync((await own.DraftAsync()).Id, await requester.UploadAsync(FileActs.Pdf()));
        var left = await Task.WhenAll(Enumerable.Range(0, 120).Select(_ => requester.UploadAsync(FileActs.Pdf())));
        var sweeper = own.Services.GetRequiredService<Sweeper>();
        own.Clock.Advance(TimeSpan.FromHours(23));
        await sweeper.SweepAsync(CancellationToken.None);
        (await own.Database.ScalarAsync<long>("SELECT count(*) FROM attachments WHERE is_deleted")).ShouldBe(0);

        own.Clock.Advance(TimeSpan.FromHours(2));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => sweeper.SweepAsync(CancellationToken.None)));

        (await own.Database.QueryAsync<Guid>("SELECT id FROM attachments WHERE NOT is_deleted")).ShouldBe([kept.Id]);
        (await own.Database.ScalarAsync<long>("SELECT count(*) FROM files_events WHERE type = 'file.expired.v1'")).ShouldBe(left.Length);
        await Eventually.ShouldAsync(() => Task.FromResult(Directory.EnumerateFiles(Path.Combine(own.Folder, "stored"), "*", SearchOption.AllDirectories).Count() == 1));
    }

    async Task<FileView> AttachedAsync(Guid ticket) => await Requester.AttachAsync(ticket, await Requester.UploadAsync(FileActs.Pdf()));

    static Task<HttpResponseMessage> RemoveAsync(HttpClient client, Guid ticket, FileView file) => client.DeleteAsync($"/api/v1/tickets/{ticket}/attachments/{file.Id}");
}

/// <summary>The room that a ticket has for attachments.</summary>
public sealed class QuotaTests : IAsyncLifetime
{
    const int Megabyte = 1024 * 1024;

    FilesApi _api = null!;

    HttpClient Requester => _api.As(_api.World.Requester);

    public async ValueTask InitializeAsync() => _api = await FilesApi.StartAsync(("files_per_ticket_mb", "3"));

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task A_ticket_is_filled_to_the_last_byte_and_no_further()
    {
        var ticket = await _api.DraftAsync();
        await Requester.AttachAsync(ticket.Id, await Requester.UploadAsync(FileActs.Pdf((3 * Megabyte) - 1000)));
        var over = await Requester.UploadAsync(FileActs.Pdf(1001));

        (await Requester.TryAttachAsync(ticket.Id, over.Id).ShouldBeAsync(Codes.TicketQuota)).GetProperty("limit").GetInt64().ShouldBe(3 * Megabyte);
        await Requester.AttachAsync(ticket.Id, await Requester.UploadAsync(FileActs.Pdf(1000)));
    }

    [Fact]
    public async Task Of_those_who_race_to_the_last_bytes_so_many_get_in_as_fit()
    {
        var ticket = await _api.SubmittedAsync();
        var files = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => UploadAsync(n % 2 == 0 ? _api.World.Requester : _api.World.Moderator)));

        var answers = await Task.WhenAll(files.Select(f => _api.As(f.By).TryAttachAsync(ticket.Id, f.File.Id)));

        answers.Count(a => a.IsSuccessStatusCode).ShouldBe(3);
        answers.Count(a => a.StatusCode == HttpStatusCode.RequestEntityTooLarge).ShouldBe(7);
        (await _api.Database.ScalarAsync<long>("SELECT sum(file_size)::bigint FROM attachments WHERE of_ticket_id = @Id", new { ticket.Id })).ShouldBe(3 * Megabyte);
    }

    [Fact]
    public async Task What_is_taken_away_makes_room()
    {
        var ticket = await _api.DraftAsync();
        var file = await Requester.AttachAsync(ticket.Id, await Requester.UploadAsync(FileActs.Pdf(3 * Megabyte)));
        (await Requester.DeleteAsync($"/api/v1/tickets/{ticket.Id}/attachments/{file.Id}")).EnsureSuccessStatusCode();

        await Requester.AttachAsync(ticket.Id, await Requester.UploadAsync(FileActs.Pdf(3 * Megabyte)));
    }

    [Fact]
    public async Task Attachments_of_messages_count_to_their_ticket()
    {
        var ticket = await _api.SubmittedAsync();
        var message = _api.Chat.Add(ticket.Id, _api.World.Requester, sessionOpen: true);
        var big = await Requester.UploadAsync(FileActs.Pdf(3 * Megabyte));
        (await Requester.PostAsync($"/api/v1/messages/{message}/attachments", new AttachFilesRequest([big.Id]))).EnsureSuccessStatusCode();

        await Requester.TryAttachAsync(ticket.Id, (await Requester.UploadAsync(FileActs.Pdf())).Id).ShouldBeAsync(Codes.TicketQuota);
    }

    async Task<(TestUser By, FileView File)> UploadAsync(TestUser by) => (by, await _api.As(by).UploadAsync(FileActs.Pdf(Megabyte)));
}
