using Hdms.Contracts;
using Hdms.Kit.Hosting;

namespace Hdms.Tickets.Tests.SubTickets;

/// <summary>What becomes of a part when its head goes.</summary>
public sealed class GoneHeadTests : IAsyncLifetime
{
    readonly TicketsApi _api = new();

    public ValueTask InitializeAsync() => _api.InitializeAsync();

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task A_part_waits_for_its_departments_next_head_and_the_doctor_tells()
    {
        var (world, moderator, admin) = (_api.World, _api.As(_api.World.Moderator), _api.UsersAsAdmin());
        var parent = await _api.InProgressAsync();
        var sub = (await _api.SplitAsync(parent.Id, world.Finance))[0];
        (await FindingsAsync()).ShouldBeEmpty();

        (await admin.SendAsync(HttpMethod.Post, $"/api/v1/users/{world.FinanceHead.Id}/deactivate")).EnsureSuccessStatusCode();
        await Eventually.ShouldAsync(async () => (await FindingsAsync()).Any(f => f.What.Contains(sub.Number, StringComparison.Ordinal)));
        (await moderator.SubTicketAsync(sub.Id)).Assignee.Id.ShouldBe(world.FinanceHead.Id);

        (await admin.PatchAsync($"/api/v1/users/{world.Stranger.Id}", new ChangeUserRequest { Role = Role.Assignee, DepartmentId = world.Finance })).EnsureSuccessStatusCode();
        (await admin.PatchAsync($"/api/v1/departments/{world.Finance}", new ChangeDepartmentRequest { HeadId = world.Stranger.Id })).EnsureSuccessStatusCode();

        await Eventually.ShouldAsync(async () => (await moderator.SubTicketAsync(sub.Id)).Assignee.Id == world.Stranger.Id);
        (await FindingsAsync()).ShouldBeEmpty();
        (await _api.EventsAsync(sub.Id)).ShouldBe(["sub_ticket.created.v1", "sub_ticket.reassigned.v1"]);
        (await _api.Database.QueryAsync<Guid>("SELECT unnest(sub_ticket_heads) FROM tickets WHERE id = @Id", new { parent.Id })).ShouldBe([world.Stranger.Id]);

        async Task<IReadOnlyList<DoctorFinding>> FindingsAsync() => await _api.As(world.Admin).ReadAsync<IReadOnlyList<DoctorFinding>>("/api/v1/tickets/doctor");
    }
}
