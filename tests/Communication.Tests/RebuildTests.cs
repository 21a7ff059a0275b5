using Hdms.Communication.Tests.Webhooks;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Rebuild;
using Hdms.Kit.Schema;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Communication.Tests;

/// <summary>The log has the whole state: the rows made again from it are those that are there.</summary>
public sealed class RebuildTests(CommunicationApi api) : IClassFixture<CommunicationApi>
{
    World World => api.World;

    [Fact]
    public async Task After_a_busy_talk_the_log_and_the_rows_say_the_same()
    {
        await TalkAsync();

        await ShouldSayTheSameAsync();
    }

    [Fact]
    public async Task What_an_engine_brings_newer_than_the_log_has_it_gets_into_the_log()
    {
        await TalkAsync();
        foreach (var table in CommunicationService.Definition.State)
            await api.Database.ExecuteAsync($"UPDATE {table.Name} SET version = version + 1");

        foreach (var table in CommunicationService.Definition.State)
            await Backfill.RunAsync(api.Services.GetRequiredService<ServiceDatabase>(), table, progress: null, CancellationToken.None);

        await ShouldSayTheSameAsync();
    }

    [Fact]
    public async Task What_is_brought_while_nobody_is_at_work_gets_into_the_log_the_same_and_once()
    {
        await TalkAsync();
        await BroughtEvents.ShouldBeTheSameQuietlyAsync(api.Services.GetRequiredService<ServiceDatabase>(), api.Database, CommunicationService.Definition.State);
        await ShouldSayTheSameAsync();
    }

    [Fact]
    public async Task Reports_tell_of_talk_without_telling_what_was_said()
    {
        await TalkAsync();

        foreach (var view in CommunicationService.Definition.Reports)
        {
            await api.Database.ExecuteAsync($"SET ROLE {ReportView.Reader}; SELECT * FROM {ReportView.Schema}.{view.Name}");
            (await api.Database.ScalarAsync<long>($"SELECT count(*) FROM {ReportView.Schema}.{view.Name} AS r WHERE r::text LIKE '%Hush%'")).ShouldBe(0, view.Name);
        }
    }

    async Task TalkAsync()
    {
        var ticket = await api.InProgressAsync(World.Finance);
        var said = await api.SayAsync(World.Requester, ticket.Id, "Hush", World.FinanceHead.Id);
        await api.Chat(World.Requester).DoAsync<MessageView>(HttpMethod.Patch, $"{Acts.Messages(ticket.Id)}/{said.Id}", new EditMessageRequest("Hush, please"));
        await api.Chat(World.FinanceHead).DoAsync<UnreadMessages>(HttpMethod.Post, $"{Acts.Messages(ticket.Id)}/read", new ReadMessagesRequest(said.Id));
        (await api.Chat(World.Moderator).DeleteAsync($"{Acts.Messages(ticket.Id)}/{said.Id}")).EnsureSuccessStatusCode();
        await api.AddAsync(ticket.Id, World.Stranger, shareFrom: api.Clock.GetUtcNow().AddHours(-1).AddTicks(1234));
        await api.RemoveAsync(ticket.Id, World.Stranger);
        await api.ActAsync(World.FinanceHead, ticket.Id, "progress", new ProgressTicketRequest(20));
        await api.ActAsync(World.FinanceHead, ticket.Id, "progress", new ProgressTicketRequest(30));
        await api.ActAsync(World.FinanceHead, ticket.Id, "request_approval", new RequestApprovalRequest([new([World.Approver.Id])]));
        await api.ActAsync(World.Moderator, ticket.Id, "reassign", new ReassignTicketRequest("Not ours.", World.It));
        await api.ActAsync(World.Moderator, ticket.Id, "undo");
        await api.Chat(World.Stranger).DoAsync<IReadOnlyList<NotificationPreference>>(
            HttpMethod.Patch, "/api/v1/notifications/preferences", new ChangePreferencesRequest([new(NotificationType.TicketCreated, NotificationChannel.Email, NotificationMode.Off)]));
        var hook = (await api.RegisterAsync("https://hooks.example.org/", "ticket.closed.v1")).Webhook.Id;
        await api.ChangeAsync(hook, new ChangeWebhookRequest { IsActive = false });
        await api.Chat(World.OtherModerator).DoAsync<UnreadCount>(HttpMethod.Post, "/api/v1/notifications/read-all");
        await api.HeardAsync();
    }

    async Task ShouldSayTheSameAsync()
    {
        var check = new StateCheck("communication", CommunicationService.Definition.State, api.Services.GetRequiredService<EventReader>());
        var tables = await check.RunAsync(api.Services.GetRequiredService<ServiceDatabase>(), values: true, CancellationToken.None);
        tables.Select(t => t.Table).ShouldBe(["chat_rooms", "chat_messages", "ticket_participants", "notifications", "notification_preferences", "webhooks"], ignoreOrder: true);
        foreach (var table in tables)
        {
            table.First.ShouldBeEmpty($"{table.Table}: {string.Join("; ", table.First.Select(d => $"{d.Kind} {string.Join(' ', d.Columns)} {d.Log} / {d.Table}"))}");
            table.WithoutEvents.ShouldBe(0, table.Table);
            table.Compared.ShouldBe(await api.Database.ScalarAsync<long>($"SELECT count(*) FROM {table.Table}"), table.Table);
            table.Compared.ShouldBeGreaterThan(0, table.Table);
        }
    }
}
