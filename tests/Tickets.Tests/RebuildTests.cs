using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Rebuild;
using Hdms.Kit.Schema;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Tickets.Tests;

/// <summary>The log has the whole state: the rows made again from it are those that are there.</summary>
public sealed class RebuildTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    World World => api.World;

    HttpClient Moderator => api.As(World.Moderator);

    HttpClient Admin => api.As(World.Admin);

    HttpClient ItHead => api.As(World.ItHead);

    HttpClient FinanceHead => api.As(World.FinanceHead);

    HttpClient Requester => api.As(World.Requester);

    [Fact]
    public async Task After_a_busy_life_the_log_and_the_rows_say_the_same()
    {
        await SettingsAsync();
        await WorkAsync();
        await PartsAsync();
        await ApprovalsAsync();

        await ShouldSayTheSameAsync();
    }

    [Fact]
    public async Task What_an_engine_brings_newer_than_the_log_has_it_gets_into_the_log()
    {
        await PartsAsync();
        await ApprovalsAsync();
        foreach (var table in TicketsService.Definition.State)
            await api.Database.ExecuteAsync($"UPDATE {table.Name} SET version = version + 1");

        foreach (var table in TicketsService.Definition.State)
            await Backfill.RunAsync(api.Services.GetRequiredService<ServiceDatabase>(), table, progress: null, CancellationToken.None);

        await ShouldSayTheSameAsync(everything: false);
    }

    [Fact]
    public async Task What_is_brought_while_nobody_is_at_work_gets_into_the_log_the_same_and_once()
    {
        await PartsAsync();
        await ApprovalsAsync();
        await BroughtEvents.ShouldBeTheSameQuietlyAsync(api.Services.GetRequiredService<ServiceDatabase>(), api.Database, TicketsService.Definition.State);
        await ShouldSayTheSameAsync(everything: false);
    }

    async Task ShouldSayTheSameAsync(bool everything = true)
    {
        var check = new StateCheck("tickets", TicketsService.Definition.State, api.Services.GetRequiredService<EventReader>());
        var tables = await check.RunAsync(api.Services.GetRequiredService<ServiceDatabase>(), values: true, CancellationToken.None);
        tables.Select(t => t.Table).ShouldBe(
            ["categories", "sla_templates", "calendars", "tickets", "sub_tickets", "ticket_requests", "approvals", "substitutes", "internal_tasks", "ticket_links"], ignoreOrder: true);
        foreach (var table in tables)
        {
            table.First.ShouldBeEmpty($"{table.Table}: {string.Join("; ", table.First.Select(d => $"{d.Kind} {string.Join(' ', d.Columns)} {d.Log} / {d.Table}"))}");
            table.WithoutEvents.ShouldBe(0, table.Table);
            table.Compared.ShouldBe(await api.Database.ScalarAsync<long>($"SELECT count(*) FROM {table.Table}"), table.Table);
            (table.Compared > 0 || !everything).ShouldBeTrue(table.Table);
        }
    }

    [Fact]
    public async Task Reports_show_tickets_without_drafts_and_without_checklists()
    {
        var draft = await Requester.DoAsync<TicketView>(HttpMethod.Post, TicketActs.Path, TicketActs.New(World.It));
        var ticket = await api.InProgressAsync();
        await ItHead.DoAsync<TaskView>(HttpMethod.Post, $"{TicketActs.Path}/{ticket.Id}/tasks", new AddTaskRequest("Toner"));

        foreach (var view in TicketsService.Definition.Reports)
            await api.Database.ExecuteAsync($"SET ROLE {ReportView.Reader}; SELECT * FROM {ReportView.Schema}.{view.Name}");
        (await api.Database.QueryAsync<Guid>("SELECT id FROM report.tickets")).ShouldSatisfyAllConditions(
            ids => ids.ShouldContain(ticket.Id), ids => ids.ShouldNotContain(draft.Id));
        (await api.Database.ScalarAsync<long>("SELECT count(*) FROM report.ticket_events WHERE stream_id = @Id OR type LIKE 'internal_task.%'", new { draft.Id })).ShouldBe(0);
    }

    async Task SettingsAsync()
    {
        var category = await Admin.DoAsync<CategoryView>(HttpMethod.Post, "/api/v1/categories", new CreateCategoryRequest("Toner"));
        (await Admin.PatchAsync($"/api/v1/categories/{category.Id}", new ChangeCategoryRequest { Name = "Ink" })).EnsureSuccessStatusCode();
        (await Admin.DeleteAsync($"/api/v1/categories/{category.Id}")).EnsureSuccessStatusCode();
        await Admin.DoAsync<CalendarView>(HttpMethod.Post, "/api/v1/calendars", new CreateCalendarRequest(
            "Office", "Asia/Karachi", new WorkWeek { Monday = [new("09:00", "13:00"), new("14:00", "18:00")], Friday = [new("09:00", "24:00")] }, [new DateOnly(2026, 8, 14)]));
        var template = await Admin.DoAsync<SlaTemplateView>(HttpMethod.Post, "/api/v1/sla-templates", new CreateSlaTemplateRequest("IT, at once", Priority.Urgent, 0.25m, 4.5m, DepartmentId: World.It));
        (await Admin.PatchAsync($"/api/v1/sla-templates/{template.Id}", new ChangeSlaTemplateRequest { ResolutionHours = 5m })).EnsureSuccessStatusCode();
    }

    async Task WorkAsync()
    {
        await api.SubmittedAsync(priority: Priority.Urgent);
        var ticket = await api.InProgressAsync();
        await ItHead.ActAsync(ticket.Id, "progress", new ProgressTicketRequest(40, "Half of it."));
        await ItHead.ActAsync(ticket.Id, "request_postpone", new ReasonedActionRequest("No parts."));
        await Moderator.ActAsync(ticket.Id, "postpone", new ReasonedActionRequest("Wait."));
        await Moderator.ActAsync(ticket.Id, "undo");
        var request = (await Moderator.ReadAsync<Paged<TicketRequestView>>($"{TicketActs.Path}/{ticket.Id}/requests")).Data.Single();
        await Moderator.DoAsync<TicketRequestView>(HttpMethod.Post, $"/api/v1/ticket-requests/{request.Id}/approve");
        await ItHead.ActAsync(ticket.Id, "restart");
        await Moderator.ActAsync(ticket.Id, "change_priority", new ChangePriorityRequest(Priority.Urgent));

        // Finer than JSON writes times, and from another zone.
        await Moderator.ActAsync(ticket.Id, "change_due", new ChangeDueRequest(api.Clock.GetUtcNow().AddDays(2).AddTicks(1234).ToOffset(TimeSpan.FromHours(5)), "By then."));
        await ItHead.ActAsync(ticket.Id, "dispute_sla", new ReasonedActionRequest("Too soon."));
        await Moderator.ActAsync(ticket.Id, "tag", new TagTicketRequest(["toner", "third floor"]));
        await ItHead.ActAsync(ticket.Id, "complete", new CompleteTicketRequest("Done."));
        await Requester.ActAsync(ticket.Id, "rework", new ReasonedActionRequest("It is not."));
        await ItHead.ActAsync(ticket.Id, "complete", new CompleteTicketRequest("Done now."));
        await Requester.ActAsync(ticket.Id, "confirm", new ConfirmTicketRequest(4, "Fine."));
        await Moderator.ActAsync(ticket.Id, "close");
        await Requester.ActAsync(ticket.Id, "request_reopen", new ReasonedActionRequest("Again."));
        await Moderator.ActAsync(ticket.Id, "reopen");
        await Moderator.ActAsync((await api.ClosedAsync()).Id, "reopen");
    }

    async Task PartsAsync()
    {
        var (one, other) = (await api.InProgressAsync(), await api.InProgressAsync());
        await ItHead.ActAsync(one.Id, "request_sub_ticket", new RequestSubTicketRequest("Pay", World.Finance, "We can't."));
        var asked = (await Moderator.ReadAsync<Paged<TicketRequestView>>($"{TicketActs.Path}/{one.Id}/requests")).Data.Single();
        await Moderator.DoAsync<TicketRequestView>(HttpMethod.Post, $"/api/v1/ticket-requests/{asked.Id}/approve");
        var parts = await api.SplitAsync(one.Id, World.Small);
        await api.BringAsync(parts[0], SubTicketStatus.Reopened);
        await api.BringAsync(parts[1], SubTicketStatus.Closed);
        var task = await ItHead.DoAsync<TaskView>(HttpMethod.Post, $"{TicketActs.Path}/{one.Id}/tasks", new AddTaskRequest("Toner", World.TeamMember.Id));
        (await api.As(World.TeamMember).PatchAsync($"/api/v1/tasks/{task.Id}", new ChangeTaskRequest { Done = true })).EnsureSuccessStatusCode();
        (await ItHead.DeleteAsync($"/api/v1/tasks/{task.Id}")).EnsureSuccessStatusCode();
        var link = await Moderator.DoAsync<TicketLinkView>(HttpMethod.Post, $"{TicketActs.Path}/{one.Id}/links", new LinkTicketRequest(other.Id));
        (await Moderator.DeleteAsync($"{TicketActs.Path}/{one.Id}/links/{link.Id}")).EnsureSuccessStatusCode();
        await Moderator.ActAsync(other.Id, "merge", new MergeTicketRequest(one.Id));
        await Moderator.ActAsync(one.Id, "force_close", new ReasonedActionRequest("Enough."));
    }

    async Task ApprovalsAsync()
    {
        var approver = api.As(World.Approver);
        var now = api.Clock.GetUtcNow();
        var named = await approver.DoAsync<SubstituteView>(HttpMethod.Post, "/api/v1/substitutes", new NameSubstituteRequest(World.Stranger.Id, now.AddTicks(-77), now.AddDays(1)));
        var ticket = await api.WaitingAsync(new ApprovalStep([World.Approver.Id, World.OtherApprover.Id], ApprovalRule.Any), new([World.Ceo.Id]));
        await api.As(World.Stranger).ActAsync(ticket.Id, "approve");
        await api.As(World.Ceo).ActAsync(ticket.Id, "request_changes", new ReasonedActionRequest("Cheaper."));
        await FinanceHead.ActAsync(ticket.Id, "request_approval", new RequestApprovalRequest([new([World.Ceo.Id])], "Now it is.", ["offer-2"], now.AddDays(3).AddTicks(99)));
        await api.As(World.Ceo).ActAsync(ticket.Id, "approve", new ApproveTicketRequest("Fine."));
        var refused = await api.WaitingAsync(new ApprovalStep([World.Approver.Id]));
        await approver.ActAsync(refused.Id, "reject_approval", new ReasonedActionRequest("No."));
        (await approver.DeleteAsync($"/api/v1/substitutes/{named.Id}")).EnsureSuccessStatusCode();
    }
}
