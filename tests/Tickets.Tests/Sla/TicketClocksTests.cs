using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Tickets.Sla;
using Hdms.Tickets.Tickets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hdms.Tickets.Tests.Sla;

/// <summary>Each test has a service of its own, in which no template was ever made.</summary>
public sealed class TicketClocksTests : IAsyncLifetime
{
    readonly TicketsApi _api = new();

    HttpClient Admin => _api.As(_api.World.Admin);

    HttpClient Moderator => _api.As(_api.World.Moderator);

    ServiceDatabase Tickets => _api.Services.GetRequiredService<ServiceDatabase>();

    public async ValueTask InitializeAsync()
    {
        await _api.InitializeAsync();
        await _api.Database.ExecuteAsync("DELETE FROM sla_templates");
    }

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task The_departments_own_template_and_calendar_go_before_those_of_all()
    {
        (await TermsAsync()).ShouldBe(SlaTerms.None);
        var everybodys = await TemplateAsync(null, 4);
        var organisation = await CalendarAsync(null);
        (await TermsAsync()).ShouldSatisfyAllConditions(
            t => t.TemplateId.ShouldBe(everybodys.Id), t => (t.ResponseMinutes, t.ResolutionMinutes).ShouldBe((240, 480)), t => t.Calendar.Id.ShouldBe(organisation.Id));

        var own = await TemplateAsync(_api.World.It, 0.5m);
        var office = await CalendarAsync(_api.World.It);
        (await TermsAsync()).ShouldSatisfyAllConditions(
            t => t.TemplateId.ShouldBe(own.Id), t => (t.ResponseMinutes, t.ResolutionMinutes).ShouldBe((30, 60)), t => t.Calendar.Id.ShouldBe(office.Id));
        (await TermsAsync(_api.World.Finance)).TemplateId.ShouldBe(everybodys.Id);
        (await TermsAsync(priority: Priority.Low)).TemplateId.ShouldBeNull();

        await Admin.PatchAsync($"/api/v1/sla-templates/{own.Id}", new ChangeSlaTemplateRequest { IsActive = false });
        await Admin.SendAsync(HttpMethod.Delete, $"{CalendarTests.Path}/{office.Id}");
        (await TermsAsync()).ShouldSatisfyAllConditions(t => t.TemplateId.ShouldBe(everybodys.Id), t => t.Calendar.Id.ShouldBe(organisation.Id));
    }

    [Fact]
    public async Task A_tickets_clocks_are_shown_to_who_sees_it_also_by_a_calendar_that_was_deleted()
    {
        var template = await TemplateAsync(null, 4);
        var calendar = await CalendarAsync(_api.World.It);
        var ticket = await _api.InProgressAsync();
        await Admin.SendAsync(HttpMethod.Delete, $"{CalendarTests.Path}/{calendar.Id}");
        var path = $"/api/v1/tickets/{ticket.Id}/clocks";

        var clocks = await _api.As(_api.World.Requester).ReadAsync<SlaClocksView>(path);
        (clocks.TicketId, clocks.Response!.CalendarId, clocks.Resolution!.TemplateId).ShouldBe((ticket.Id, calendar.Id, template.Id));
        clocks.Resolution.ShouldSatisfyAllConditions(
            c => c.Budget.ShouldBe(TimeSpan.FromHours(8)), c => c.Segments.ShouldHaveSingleItem().Why.ShouldBe("assigned"), c => c.DueAt.ShouldBe(ticket.Sla!.DueAt));
        (clocks.Resolution.Used + clocks.Resolution.Remaining).ShouldBe(clocks.Resolution.Budget);

        await _api.As(_api.World.Stranger).GetAsync(path).ShouldBeAsync(Codes.NotFound);
        await _api.As(_api.World.TeamMember).GetAsync(path).ShouldBeAsync(Codes.Forbidden);
        var read = await Tickets.WriteAsync(Caller.System(), async unit => await CalendarTable.OfClockAsync(unit, await TicketTable.LockAsync(unit, ticket.Id)), CancellationToken.None);
        read.Id.ShouldBe(calendar.Id);
    }

    [Fact]
    public async Task Before_it_is_given_away_a_moderator_is_shown_when_it_would_be_due_with_each_department()
    {
        await TemplateAsync(null, 4);
        await TemplateAsync(_api.World.It, 0.5m);
        var ticket = await _api.SubmittedAsync();
        var path = $"/api/v1/tickets/{ticket.Id}/due-previews";
        await _api.As(_api.World.Requester).GetAsync(path).ShouldBeAsync(Codes.Forbidden);
        await _api.As(_api.World.Stranger).GetAsync(path).ShouldBeAsync(Codes.NotFound);

        var now = _api.Clock.GetUtcNow();
        var before = await Moderator.ReadAsync<List<DuePreview>>(path);
        (Of(before, _api.World.It) - now)!.Value.TotalHours.ShouldBe(1, 0.001);
        (Of(before, _api.World.Finance) - now)!.Value.TotalHours.ShouldBe(8, 0.001);
        Of(before, _api.World.It, Priority.Low).ShouldBeNull("there is no template for it");
        var assigned = await Moderator.ActAsync(ticket.Id, "confirm_review");
        assigned.Sla!.DueAt!.Value.ShouldBe(Of(before, _api.World.It)!.Value, TimeSpan.FromSeconds(1));

        _api.Clock.Advance(TimeSpan.FromHours(2));
        var anew = await Moderator.ReadAsync<List<DuePreview>>(path);
        var reassigned = await Moderator.ActAsync(ticket.Id, "reassign", new ReassignTicketRequest("Theirs.", _api.World.Finance, ResetSla: true));
        reassigned.Sla!.DueAt!.Value.ShouldBe(Of(anew, _api.World.Finance)!.Value, TimeSpan.FromSeconds(1));

        await Moderator.ActAsync(ticket.Id, "force_close", new ReasonedActionRequest("Over."));
        (await Moderator.ReadAsync<List<DuePreview>>(path)).ShouldBeEmpty();

        static DateTimeOffset? Of(IEnumerable<DuePreview> all, Guid department, Priority priority = Priority.Medium) =>
            all.Single(d => d.DepartmentId == department && d.Priority == priority).DueAt;
    }

    [Fact]
    public async Task A_new_installation_is_given_templates_once_however_many_start_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Seeds().StartAsync(CancellationToken.None)));
        var sown = (await Admin.ReadAsync<Paged<SlaTemplateView>>("/api/v1/sla-templates")).Data;
        sown.Select(t => (t.Priority, t.ResponseHours, t.ResolutionHours)).ShouldBe([(Priority.Urgent, 1, 8), (Priority.High, 2, 24), (Priority.Medium, 4, 48), (Priority.Low, 8, 72)]);
        (await _api.EventsAsync(sown[0].Id)).ShouldBe(["sla_template.created.v1"]);

        foreach (var template in sown)
            await Admin.SendAsync(HttpMethod.Delete, $"/api/v1/sla-templates/{template.Id}");
        (await Seeds().SowAsync(CancellationToken.None)).ShouldBeFalse("an admin has decided against them");
    }

    SlaSeeds Seeds() => new(Tickets, NullLogger<SlaSeeds>.Instance);

    Task<SlaTerms> TermsAsync(Guid? department = null, Priority priority = Priority.Medium) =>
        Tickets.WriteAsync(Caller.System(), unit => CalendarTable.TermsAsync(unit, department ?? _api.World.It, priority), CancellationToken.None);

    Task<SlaTemplateView> TemplateAsync(Guid? department, decimal hours) => Admin.DoAsync<SlaTemplateView>(
        HttpMethod.Post, "/api/v1/sla-templates", new CreateSlaTemplateRequest("Template", Priority.Medium, hours, hours * 2, DepartmentId: department));

    Task<CalendarView> CalendarAsync(Guid? department) => Admin.DoAsync<CalendarView>(HttpMethod.Post, CalendarTests.Path, CalendarTests.New(department));
}
