using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Tests.Organisation;

/// <summary>Deleting a department, which spans the users service and this one.</summary>
public sealed class DepartmentDeletionTests(TicketsApi api) : IClassFixture<TicketsApi>
{
    [Fact]
    public async Task A_department_with_an_open_ticket_is_not_deleted_and_takes_tickets_again()
    {
        using var admin = api.UsersAsAdmin();
        var department = await OpenAsync(admin);
        var ticket = await api.SubmittedAsync(department);

        var problem = await admin.DeleteAsync($"/api/v1/departments/{department}").ShouldBeAsync(Codes.DepartmentInUse);

        problem.GetProperty("detail").GetString().ShouldNotBeNull().ShouldContain(": 1.");
        (await admin.ReadAsync<DepartmentView>($"/api/v1/departments/{department}")).State.ShouldBe(DepartmentStatus.Open);
        await api.ReplicasAsync();
        (await api.SubmittedAsync(department)).Status.ShouldBe(TicketStatus.Submitted);
        ticket.Number.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_department_without_open_tickets_is_deleted_and_takes_none_afterwards()
    {
        using var admin = api.UsersAsAdmin();
        var department = await OpenAsync(admin);
        var ticket = await api.SubmittedAsync(department);
        await api.As(api.World.Moderator).ActAsync(ticket.Id, "reject", new RejectTicketRequest("Not ours."));

        await admin.DeleteAsync($"/api/v1/departments/{department}").ShouldBeAsync(HttpStatusCode.NoContent);

        var late = api.As(api.World.Requester).SendAsync(HttpMethod.Post, TicketActs.Path, TicketActs.New(department, submit: true));
        await late.ShouldBeAsync(Codes.UnknownReference);
    }

    [Fact]
    public async Task Of_those_who_submit_while_it_is_deleted_none_ends_up_in_a_deleted_department()
    {
        using var admin = api.UsersAsAdmin();
        var requester = api.As(api.World.Requester);
        for (var round = 0; round < 5; round++)
        {
            var department = await OpenAsync(admin);
            var submits = Enumerable.Range(0, 8).Select(_ => requester.SendAsync(HttpMethod.Post, TicketActs.Path, TicketActs.New(department, submit: true))).ToList();
            using var deleted = await admin.DeleteAsync($"/api/v1/departments/{department}");
            var accepted = (await Task.WhenAll(submits)).Count(a => a.StatusCode == HttpStatusCode.Created);

            deleted.StatusCode.ShouldBe(accepted > 0 && deleted.StatusCode != HttpStatusCode.NoContent ? HttpStatusCode.Conflict : HttpStatusCode.NoContent);
            if (deleted.StatusCode == HttpStatusCode.NoContent)
                accepted.ShouldBe(0);
        }
    }

    static async Task<Guid> OpenAsync(HttpClient admin)
    {
        var name = Guid.NewGuid().ToString("N");
        return (await admin.DoAsync<DepartmentView>(HttpMethod.Post, "/api/v1/departments", new OpenDepartmentRequest($"Department {name}", $"D{name[..8].ToUpperInvariant()}"))).Id;
    }
}
