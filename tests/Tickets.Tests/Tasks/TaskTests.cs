using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tests.Tasks;

/// <summary>A department's own checklist.</summary>
public sealed class TaskTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    World World => api.World;

    HttpClient Head => api.As(World.ItHead);

    HttpClient Member => api.As(World.TeamMember);

    HttpClient Moderator => api.As(World.Moderator);

    [Fact]
    public async Task The_head_makes_a_task_and_whom_it_names_does_it()
    {
        var (ticket, task) = await GivenAsync();
        (task.TicketId, task.DepartmentId, task.TeamMember!.Id, task.CreatedBy.Id).ShouldBe((ticket.Id, World.It, World.TeamMember.Id, World.ItHead.Id));

        var done = await ChangeAsync(Member, task, new ChangeTaskRequest { Done = true });
        (done.DoneBy!.Id, done.DoneAt).ShouldSatisfyAllConditions(d => d.Item1.ShouldBe(World.TeamMember.Id), d => d.DoneAt.ShouldNotBeNull());
        (await ChangeAsync(Head, task, new ChangeTaskRequest { Done = false })).DoneAt.ShouldBeNull();
        (await ChangeAsync(Head, task, new ChangeTaskRequest { Title = " Toner ", TeamMemberId = new Optional<Guid?>(null) })).ShouldSatisfyAllConditions(
            t => t.Title.ShouldBe("Toner"), t => t.TeamMember.ShouldBeNull());
        (await api.EventsAsync(task.Id)).ShouldBe(["internal_task.added.v1", "internal_task.changed.v1", "internal_task.changed.v1", "internal_task.changed.v1"]);
    }

    [Fact]
    public async Task Somebody_of_the_team_whom_it_does_not_name_only_sees_it()
    {
        var (ticket, _) = await GivenAsync();
        var task = await AddAsync(ticket.Id, new AddTaskRequest("Mine"));

        (await ListAsync(Member, ticket.Id)).Count.ShouldBe(2);
        await TryChangeAsync(Member, task, new ChangeTaskRequest { Done = true }).ShouldBeAsync(Codes.Forbidden);
        await Member.SendAsync(HttpMethod.Post, $"{TicketActs.Path}/{ticket.Id}/tasks", new AddTaskRequest("Mine, too")).ShouldBeAsync(Codes.Forbidden);
        await Member.DeleteAsync($"/api/v1/tasks/{task.Id}").ShouldBeAsync(Codes.Forbidden);
    }

    [Fact]
    public async Task Whom_a_task_names_changes_nothing_else_of_it()
    {
        var (_, task) = await GivenAsync();

        await TryChangeAsync(Member, task, new ChangeTaskRequest { Done = true, Title = "Coffee" }).ShouldBeAsync(Codes.Forbidden);
    }

    [Fact]
    public async Task Moderators_see_the_checklist_and_leave_it_alone()
    {
        var (ticket, task) = await GivenAsync();

        (await ListAsync(Moderator, ticket.Id)).Single().Id.ShouldBe(task.Id);
        await TryChangeAsync(Moderator, task, new ChangeTaskRequest { Done = true }).ShouldBeAsync(Codes.Forbidden);
        await Moderator.DeleteAsync($"/api/v1/tasks/{task.Id}").ShouldBeAsync(Codes.Forbidden);
        await Moderator.SendAsync(HttpMethod.Post, $"{TicketActs.Path}/{ticket.Id}/tasks", new AddTaskRequest("No")).ShouldBeAsync(Codes.Forbidden);
    }

    [Fact]
    public async Task To_everybody_else_there_is_no_checklist()
    {
        var (ticket, task) = await GivenAsync();

        foreach (var other in new[] { World.Requester, World.Stranger, World.Admin, World.FinanceHead })
        {
            await api.As(other).GetAsync($"{TicketActs.Path}/{ticket.Id}/tasks").ShouldBeAsync(Codes.NotFound);
            await api.As(other).SendAsync(HttpMethod.Post, $"{TicketActs.Path}/{ticket.Id}/tasks", new AddTaskRequest("No")).ShouldBeAsync(Codes.NotFound);
            await TryChangeAsync(api.As(other), task, new ChangeTaskRequest { Done = true }).ShouldBeAsync(Codes.NotFound);
            await api.As(other).DeleteAsync($"/api/v1/tasks/{task.Id}").ShouldBeAsync(Codes.NotFound);
        }

        await Head.DeleteAsync($"/api/v1/tasks/{Guid.NewGuid()}").ShouldBeAsync(Codes.NotFound);
    }

    [Fact]
    public async Task A_sub_tickets_checklist_is_its_own_departments_not_the_parents()
    {
        var parent = await api.InProgressAsync(World.Finance);
        var sub = (await api.SplitAsync(parent.Id, World.It))[0];

        var task = await Head.DoAsync<TaskView>(HttpMethod.Post, $"{TicketActs.SubPath}/{sub.Id}/tasks", new AddTaskRequest("Plug it in", World.TeamMember.Id));

        (task.SubTicketId, task.TicketId, task.DepartmentId).ShouldBe((sub.Id, null, World.It));
        (await Member.ReadAsync<Paged<TaskView>>($"{TicketActs.SubPath}/{sub.Id}/tasks")).Data.Single().Id.ShouldBe(task.Id);
        (await ChangeAsync(Member, task, new ChangeTaskRequest { Done = true })).DoneAt.ShouldNotBeNull();
        foreach (var other in new[] { World.FinanceHead, World.Requester })
        {
            await api.As(other).GetAsync($"{TicketActs.SubPath}/{sub.Id}/tasks").ShouldBeAsync(Codes.NotFound);
            await api.As(other).SendAsync(HttpMethod.Post, $"{TicketActs.SubPath}/{sub.Id}/tasks", new AddTaskRequest("No")).ShouldBeAsync(Codes.NotFound);
        }

        await Moderator.GetAsync($"{TicketActs.SubPath}/{Guid.NewGuid()}/tasks").ShouldBeAsync(Codes.NotFound);
        await Moderator.SendAsync(HttpMethod.Post, $"{TicketActs.SubPath}/{sub.Id}/tasks", new AddTaskRequest("No")).ShouldBeAsync(Codes.Forbidden);
    }

    [Fact]
    public async Task A_department_that_gets_the_ticket_begins_with_an_empty_checklist()
    {
        var (ticket, _) = await GivenAsync();
        await Moderator.ActAsync(ticket.Id, "reassign", new ReassignTicketRequest("Theirs.", World.Finance));

        (await ListAsync(api.As(World.FinanceHead), ticket.Id)).ShouldBeEmpty();
        (await ListAsync(Moderator, ticket.Id)).Count.ShouldBe(1);
        await Head.GetAsync($"{TicketActs.Path}/{ticket.Id}/tasks").ShouldBeAsync(Codes.NotFound);
    }

    [Fact]
    public async Task A_task_has_a_title_and_names_nobody_but_one_of_the_team()
    {
        var (ticket, task) = await GivenAsync();

        await Head.SendAsync(HttpMethod.Post, $"{TicketActs.Path}/{ticket.Id}/tasks", new AddTaskRequest("  ")).ShouldBeAsync(Codes.ValidationFailed);
        await Head.SendAsync(HttpMethod.Post, $"{TicketActs.Path}/{ticket.Id}/tasks", new AddTaskRequest(new string('x', 201))).ShouldBeAsync(Codes.ValidationFailed);
        await Head.SendAsync(HttpMethod.Post, $"{TicketActs.Path}/{ticket.Id}/tasks", new AddTaskRequest("Do", World.Requester.Id)).ShouldBeAsync(Codes.UnknownReference);
        await TryChangeAsync(Head, task, new ChangeTaskRequest { TeamMemberId = World.Requester.Id }).ShouldBeAsync(Codes.UnknownReference);
        await TryChangeAsync(Head, task, new ChangeTaskRequest { Title = "" }).ShouldBeAsync(Codes.ValidationFailed);
    }

    [Fact]
    public async Task The_checklist_of_what_is_closed_stays_as_it_is()
    {
        var (ticket, task) = await GivenAsync();
        await Moderator.ActAsync(ticket.Id, "force_close", new ReasonedActionRequest("Enough."));

        await Head.SendAsync(HttpMethod.Post, $"{TicketActs.Path}/{ticket.Id}/tasks", new AddTaskRequest("Late")).ShouldBeAsync(Codes.InvalidTransition);
        await TryChangeAsync(Head, task, new ChangeTaskRequest { Done = true }).ShouldBeAsync(Codes.InvalidTransition);
        await Head.DeleteAsync($"/api/v1/tasks/{task.Id}").ShouldBeAsync(Codes.InvalidTransition);
        (await ListAsync(Head, ticket.Id)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_deleted_task_is_gone_and_an_old_version_deletes_nothing()
    {
        var (ticket, task) = await GivenAsync();
        await ChangeAsync(Head, task, new ChangeTaskRequest { Done = true });

        await Head.SendAsync(HttpMethod.Delete, $"/api/v1/tasks/{task.Id}", version: task.Version).ShouldBeAsync(Codes.PreconditionFailed);
        await Head.PatchAsync($"/api/v1/tasks/{task.Id}", new ChangeTaskRequest { Done = false }, task.Version).ShouldBeAsync(Codes.PreconditionFailed);
        await TryChangeAsync(Head, task, new ChangeTaskRequest { Done = false, Version = task.Version }).ShouldBeAsync(Codes.VersionConflict);
        await Head.DeleteAsync($"/api/v1/tasks/{task.Id}").ShouldBeAsync(HttpStatusCode.NoContent);
        (await ListAsync(Head, ticket.Id)).ShouldBeEmpty();
        await TryChangeAsync(Head, task, new ChangeTaskRequest { Done = true }).ShouldBeAsync(Codes.NotFound);
    }

    async Task<(TicketView Ticket, TaskView Task)> GivenAsync()
    {
        var ticket = await api.InProgressAsync();
        return (ticket, await AddAsync(ticket.Id, new AddTaskRequest("Fetch toner", World.TeamMember.Id)));
    }

    Task<TaskView> AddAsync(Guid ticket, AddTaskRequest request) => Head.DoAsync<TaskView>(HttpMethod.Post, $"{TicketActs.Path}/{ticket}/tasks", request);

    static async Task<IReadOnlyList<TaskView>> ListAsync(HttpClient client, Guid ticket) => (await client.ReadAsync<Paged<TaskView>>($"{TicketActs.Path}/{ticket}/tasks")).Data;

    static Task<TaskView> ChangeAsync(HttpClient client, TaskView task, ChangeTaskRequest request) =>
        client.DoAsync<TaskView>(HttpMethod.Patch, $"/api/v1/tasks/{task.Id}", request);

    static Task<HttpResponseMessage> TryChangeAsync(HttpClient client, TaskView task, ChangeTaskRequest request) =>
        client.PatchAsync($"/api/v1/tasks/{task.Id}", request);
}
