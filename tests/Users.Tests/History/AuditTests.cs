using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using static Hdms.Users.Tests.Acts;

namespace Hdms.Users.Tests.History;

public sealed class AuditTests(Given given) : IClassFixture<Given>
{
    HttpClient Admin => given.Admin;

    [Fact]
    public async Task A_change_tells_who_when_from_where_why_and_what_was_before_and_after()
    {
        var person = await Admin.RegisterAsync(Somebody() with { Cnic = $"{Guid.NewGuid():N}"[..13] });
        (await Admin.PatchAsync($"{Api}/users/{person.Id}", new ChangeUserRequest { FirstName = "Eva", IsCeo = true })).EnsureSuccessStatusCode();
        (await Admin.PostAsync($"{Api}/users/{person.Id}/deactivate", new ReasonRequest("on leave"))).EnsureSuccessStatusCode();

        var history = await OfUserAsync(person.Id);

        history.Select(e => (e.Type, e.Version)).ShouldBe([("user.deactivated.v1", 3), ("user.changed.v1", 2), ("user.registered.v1", 1)]);
        history.ShouldAllBe(e => e.ActorId == given.AdminId && e.ActorName == "Ada Tester" && e.Address == "127.0.0.1" && e.Outcome == AuditOutcome.Done && e.CorrelationId != null);
        history[0].Reason.ShouldBe("on leave");
        history[1].Before!.Value.GetRawText().ShouldBe("""{"first_name":"Ada","is_ceo":false}""");
        history[1].After!.Value.GetRawText().ShouldBe("""{"first_name":"Eva","is_ceo":true}""");
        history[2].After!.Value.GetProperty("cnic").GetString().ShouldBe(Hdms.Users.People.Sights.Masked(person.Cnic));
        history[2].Data.GetProperty("cnic").GetString().ShouldBe(Hdms.Users.People.Sights.Masked(person.Cnic));
    }

    [Fact]
    public async Task A_refused_attempt_is_on_record_once_with_who_tried_what_and_changes_no_version()
    {
        var person = await Admin.RegisterAsync();
        var stranger = await given.Api.AddAsync(Role.Moderator);
        using var client = await given.Api.AsAsync(stranger);

        await client.PatchAsync($"{Api}/users/{person.Id}", new ChangeUserRequest { FirstName = "Eva" }).ShouldBeAsync(Codes.Forbidden);

        var refused = (await OfUserAsync(person.Id)).Single(e => e.Outcome == AuditOutcome.Denied);
        refused.ShouldSatisfyAllConditions(
            e => e.Type.ShouldBe(EventLog.Refused), e => e.ActorId.ShouldBe(stranger.Id), e => e.Version.ShouldBeNull(), e => e.Address.ShouldBe("127.0.0.1"),
            e => e.Reason.ShouldBe("Only an admin may do this."), e => e.Data.GetProperty("action").GetString().ShouldBe("ChangeUser"), e => e.Data.GetProperty("code").GetString().ShouldBe("forbidden"));
        (await Admin.UserAsync(person.Id)).Version.ShouldBe(1);
    }

    [Fact]
    public async Task What_a_service_account_does_is_recorded_as_its_own()
    {
        using var account = await given.Api.AsAccountAsync(Admin, Scopes.WriteUsers);

        var person = await account.RegisterAsync();

        (await OfUserAsync(person.Id)).ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            e => e.ActorId.ShouldBeNull(), e => e.ServiceAccountId.ShouldNotBeNull());
    }

    [Fact]
    public async Task A_departments_history_has_its_team_and_those_who_were_refused()
    {
        var (department, person) = (await Admin.OpenDepartmentAsync(), await Admin.RegisterAsync());
        using var requester = await given.Api.AsAsync(Role.Requester);
        await Admin.DoAsync<TeamMemberView>(HttpMethod.Put, $"{Api}/departments/{department.Id}/team-members/{person.Id}");
        await requester.SendAsync(HttpMethod.Post, $"{Api}/departments/{department.Id}/close").ShouldBeAsync(Codes.Forbidden);

        var history = (await Admin.ReadAsync<CursorPage<AuditEntry>>($"{Api}/departments/{department.Id}/history")).Data;

        history.Select(e => e.Type).ShouldBe([EventLog.Refused, "team_member.added.v1", "department.opened.v1"]);
    }

    [Fact]
    public async Task The_audit_is_searched_by_actor_subject_type_and_time_newest_first()
    {
        var (one, other) = (await Admin.RegisterAsync(), await Admin.RegisterAsync());

        (await SearchAsync($"?subject_id={one.Id}")).ShouldHaveSingleItem().SubjectId.ShouldBe(one.Id);
        var mine = await SearchAsync($"?actor_id={given.AdminId}&type=user.registered.v1&limit=2");
        mine.Select(e => e.SubjectId).ShouldBe([other.Id, one.Id]);
        (await SearchAsync($"?actor_id={Guid.CreateVersion7()}")).ShouldBeEmpty();
        (await SearchAsync($"?subject_id={one.Id}&to={Time(mine[1].At)}")).ShouldBeEmpty();
        (await SearchAsync($"?subject_id={one.Id}&from={Time(mine[1].At)}")).ShouldHaveSingleItem();

        static string Time(DateTimeOffset at) => Uri.EscapeDataString(at.ToString("O"));
    }

    [Fact]
    public async Task Page_by_page_everything_is_there_once_also_while_more_is_written()
    {
        var person = await Admin.RegisterAsync();
        for (var n = 0; n < 6; n++)
            (await Admin.PatchAsync($"{Api}/users/{person.Id}", new ChangeUserRequest { FirstName = $"Ada {n}" })).EnsureSuccessStatusCode();
        var versions = new List<long?>();
        var path = $"{Api}/users/{person.Id}/history?limit=3";

        for (string? next = path; next is not null;)
        {
            var page = await Admin.ReadAsync<CursorPage<AuditEntry>>(next);
            versions.AddRange(page.Data.Select(e => e.Version));
            next = page.Next is null ? null : $"{path}&after={page.Next}";
            (await Admin.PatchAsync($"{Api}/users/{person.Id}", new ChangeUserRequest { LastName = Guid.NewGuid().ToString("N") })).EnsureSuccessStatusCode();
        }

        versions.ShouldBe([7, 6, 5, 4, 3, 2, 1]);
        await Admin.GetAsync($"{path}&after=made-up").ShouldBeAsync(Codes.Malformed);
    }

    [Fact]
    public async Task Only_admins_and_those_with_the_scope_read_the_audit()
    {
        using var reader = await given.Api.AsAccountAsync(Admin, Scopes.ReadAudit);
        using var writer = await given.Api.AsAccountAsync(Admin, Scopes.WriteUsers);
        using var moderator = await given.Api.AsAsync(Role.Moderator);

        (await reader.GetAsync($"{Api}/audit/users?limit=1")).EnsureSuccessStatusCode();
        await writer.GetAsync($"{Api}/audit/users?limit=1").ShouldBeAsync(Codes.Forbidden);
        await moderator.GetAsync($"{Api}/audit/users?limit=1").ShouldBeAsync(Codes.Forbidden);
    }

    async Task<IReadOnlyList<AuditEntry>> OfUserAsync(Guid id) => (await Admin.ReadAsync<CursorPage<AuditEntry>>($"{Api}/users/{id}/history?limit=100")).Data;

    async Task<IReadOnlyList<AuditEntry>> SearchAsync(string query) => (await Admin.ReadAsync<CursorPage<AuditEntry>>($"{Api}/audit/users{query}")).Data;
}
