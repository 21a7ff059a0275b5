using System.Net;
using System.Text;
using Hdms.Contracts;
using Hdms.Kit.Problems;
using static Hdms.Users.Tests.Acts;

namespace Hdms.Users.Tests.Departments;

public sealed class DepartmentTests(Given given) : IClassFixture<Given>
{
    const string Path = $"{Api}/departments";

    HttpClient Admin => given.Admin;

    [Fact]
    public async Task A_department_is_found_by_its_code_in_any_case_and_by_everybody()
    {
        using var answer = await Admin.PostAsync(Path, new OpenDepartmentRequest(" Works ", " wrk-1 ", TotalCapacity: 0, QueueEnabled: true));
        var opened = await answer.ReadAsync<DepartmentView>();
        using var requester = await given.Api.AsAsync(Role.Requester);

        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        answer.Headers.Location!.ToString().ShouldBe($"{Path}/{opened.Id}");
        opened.ShouldSatisfyAllConditions(
            d => d.Name.ShouldBe("Works"), d => d.Code.ShouldBe("WRK-1"), d => d.TotalCapacity.ShouldBe(0), d => d.QueueEnabled.ShouldBeTrue(),
            d => d.State.ShouldBe(DepartmentStatus.Open), d => d.MemberCount.ShouldBe(0), d => d.Version.ShouldBe(1));
        (await requester.ReadAsync<DepartmentView>($"{Path}/Wrk-1")).ShouldBe(opened);
    }

    [Theory]
    [InlineData("name", "{\"name\":\" \",\"code\":\"A\"}")]
    [InlineData("code", "{\"name\":\"A\",\"code\":\"A B\"}")]
    [InlineData("code", "{\"name\":\"A\",\"code\":\"ABCDEFGHIJK\"}")]
    [InlineData("code", "{\"name\":\"A\"}")]
    [InlineData("total_capacity", "{\"name\":\"A\",\"code\":\"A\",\"total_capacity\":-1}")]
    [InlineData("state", "{\"name\":\"A\",\"code\":\"A\",\"state\":\"closing\"}")]
    public async Task What_is_no_department_is_refused_by_field(string field, string body)
    {
        using var json = new StringContent(body, Encoding.UTF8, "application/json");

        var problem = await Admin.SendAsync(HttpMethod.Post, Path, json).ShouldBeAsync(Codes.ValidationFailed);

        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe([field]);
    }

    [Fact]
    public async Task A_head_who_belongs_nowhere_joins_the_department()
    {
        var head = await Admin.RegisterAsync(Somebody(Role.Assignee));

        var department = await Admin.OpenDepartmentAsync(head.Id);

        (department.HeadId, department.Head!.Id, department.MemberCount).ShouldBe((head.Id, head.Id, 1));
        (await Admin.UserAsync(head.Id)).ShouldSatisfyAllConditions(h => h.DepartmentId.ShouldBe(department.Id), h => h.Version.ShouldBe(2));
    }

    [Theory]
    [InlineData("moderator")]
    [InlineData("inactive")]
    [InlineData("elsewhere")]
    public async Task Only_an_active_assignee_of_no_other_department_can_be_its_head(string who)
    {
        var elsewhere = await Admin.OpenDepartmentAsync();
        var head = await Admin.RegisterAsync(Somebody(who == "moderator" ? Role.Moderator : Role.Assignee, who == "elsewhere" ? elsewhere.Id : null));
        if (who == "inactive")
            await Admin.DoToUserAsync(head.Id, "deactivate");
        var department = await Admin.OpenDepartmentAsync();

        var change = await ChangeAsync(department, new() { HeadId = head.Id }).ShouldBeAsync(Codes.ValidationFailed);
        var open = await Admin.PostAsync(Path, Some(head.Id)).ShouldBeAsync(Codes.ValidationFailed);

        foreach (var problem in new[] { change, open })
            problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe(["head_id"]);
        (await ReadAsync(department)).Version.ShouldBe(1);
    }

    [Fact]
    public async Task A_head_keeps_role_and_department_until_there_is_another_and_null_takes_the_seat_away()
    {
        var head = await Admin.RegisterAsync(Somebody(Role.Assignee));
        var department = await Admin.OpenDepartmentAsync(head.Id);

        await Admin.PatchAsync($"{Api}/users/{head.Id}", new ChangeUserRequest { Role = Role.Requester }).ShouldBeAsync(Codes.DepartmentInUse);
        await Admin.PatchAsync($"{Api}/users/{head.Id}", new ChangeUserRequest { DepartmentId = (Guid?)null }).ShouldBeAsync(Codes.DepartmentInUse);
        (await ChangeAsync(department, new() { HeadId = (Guid?)null })).EnsureSuccessStatusCode();

        await Admin.PatchAsync($"{Api}/users/{head.Id}", new ChangeUserRequest { Role = Role.Requester }).ShouldBeAsync(HttpStatusCode.OK);
        (await ReadAsync(department)).HeadId.ShouldBeNull();
    }

    [Fact]
    public async Task A_head_who_is_deleted_leaves_the_seat_and_one_who_is_deactivated_keeps_it()
    {
        var (gone, away) = (await Admin.RegisterAsync(Somebody(Role.Assignee)), await Admin.RegisterAsync(Somebody(Role.Assignee)));
        var (left, kept) = (await Admin.OpenDepartmentAsync(gone.Id), await Admin.OpenDepartmentAsync(away.Id));

        await Admin.DeleteUserAsync(gone.Id);
        await Admin.DoToUserAsync(away.Id, "deactivate");

        (await ReadAsync(left)).HeadId.ShouldBeNull();
        (await ReadAsync(kept)).Head!.ShouldSatisfyAllConditions(h => h.Id.ShouldBe(away.Id), h => h.IsActive.ShouldBeFalse());
    }

    [Fact]
    public async Task A_department_that_closes_takes_nobody_new_until_it_is_reopened()
    {
        var department = await Admin.OpenDepartmentAsync();

        (await Admin.DoToDepartmentAsync(department.Id, "close")).State.ShouldBe(DepartmentStatus.Closing);
        var problem = await Admin.PostAsync($"{Api}/users", Somebody(department: department.Id)).ShouldBeAsync(Codes.UnknownReference);
        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe(["department_id"]);
        (await ExistAsync(department)).Active.ShouldBe([]);

        (await Admin.DoToDepartmentAsync(department.Id, "reopen")).State.ShouldBe(DepartmentStatus.Open);
        await Admin.RegisterAsync(Somebody(department: department.Id));
        (await ExistAsync(department)).Active.ShouldBe([department.Id]);
    }

    [Fact]
    public async Task A_department_with_active_persons_is_not_deleted_and_says_how_many()
    {
        var department = await Admin.OpenDepartmentAsync();
        var member = await Admin.RegisterAsync(Somebody(department: department.Id));

        var problem = await Admin.DeleteAsync($"{Path}/{department.Id}").ShouldBeAsync(Codes.DepartmentInUse);
        problem.GetProperty("active_users").GetInt32().ShouldBe(1);
        (await ReadAsync(department)).State.ShouldBe(DepartmentStatus.Open);

        await Admin.DoToUserAsync(member.Id, "deactivate");
        await Admin.DeleteAsync($"{Path}/{department.Id}").ShouldBeAsync(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_department_that_is_deleted_was_closed_before_and_comes_back_open()
    {
        var department = await Admin.OpenDepartmentAsync();
        using var requester = await given.Api.AsAsync(Role.Requester);

        await Admin.DeleteDepartmentAsync(department.Id);

        await requester.GetAsync($"{Path}/{department.Id}").ShouldBeAsync(Codes.NotFound);
        (await ReadAsync(department)).IsDeleted.ShouldBeTrue();
        (await ExistAsync(department)).Missing.ShouldBe([department.Id]);
        (await Admin.DoToDepartmentAsync(department.Id, "restore")).ShouldSatisfyAllConditions(
            d => d.State.ShouldBe(DepartmentStatus.Open), d => d.IsDeleted.ShouldBeFalse(), d => d.DeletedAt.ShouldBeNull());
        (await given.EventsAsync(department.Id)).ShouldBe(
            ["department.opened.v1", "department.closing.v1", "department.deleted.v1", "department.restored.v1"]);
    }

    [Fact]
    public async Task Whoever_joins_while_the_department_is_deleted_either_holds_it_or_is_refused()
    {
        for (var round = 0; round < 5; round++)
        {
            var department = await Admin.OpenDepartmentAsync();

            var joining = Admin.PostAsync($"{Api}/users", Somebody(department: department.Id));
            var deleting = Admin.DeleteAsync($"{Path}/{department.Id}");
            var answers = ((await joining).StatusCode, (await deleting).StatusCode);

            answers.ShouldBeOneOf((HttpStatusCode.Created, HttpStatusCode.Conflict), (HttpStatusCode.UnprocessableEntity, HttpStatusCode.NoContent));
        }
    }

    [Fact]
    public async Task The_team_changes_the_departments_version_once_for_each_who_comes_or_goes()
    {
        var department = await Admin.OpenDepartmentAsync();
        var person = await Admin.RegisterAsync();
        var member = $"{Path}/{department.Id}/team-members/{person.Id}";

        var added = await Admin.DoAsync<TeamMemberView>(HttpMethod.Put, member);
        var again = await Admin.DoAsync<TeamMemberView>(HttpMethod.Put, member);

        again.AddedAt.ShouldBe(added.AddedAt);
        (await TeamAsync(department)).ShouldBe([person.Id]);
        (await ReadAsync(department)).Version.ShouldBe(2);
        await Admin.DeleteAsync(member).ShouldBeAsync(HttpStatusCode.NoContent);
        await Admin.DeleteAsync(member).ShouldBeAsync(HttpStatusCode.NoContent);
        (await TeamAsync(department)).ShouldBe([]);
        (await ReadAsync(department)).Version.ShouldBe(3);
    }

    [Fact]
    public async Task A_list_goes_by_name_and_by_what_is_asked_for()
    {
        var letters = Guid.NewGuid().ToString("N")[..6].ToUpperInvariant();
        foreach (var name in new[] { "b", "A", "c" })
            await Admin.PostAsync(Path, new OpenDepartmentRequest($"{letters} {name}", $"{letters}{name}")).ShouldBeAsync(HttpStatusCode.Created);

        (await NamesAsync($"?q={letters.ToLowerInvariant()}")).ShouldBe([$"{letters} A", $"{letters} b", $"{letters} c"]);
        (await NamesAsync($"?q={letters}&sort=-code&limit=2")).ShouldBe([$"{letters} c", $"{letters} b"]);
        (await NamesAsync($"?q={letters}&state=closing")).ShouldBe([]);
    }

    Task<DepartmentView> ReadAsync(DepartmentView department) => Admin.ReadAsync<DepartmentView>($"{Path}/{department.Id}");

    Task<HttpResponseMessage> ChangeAsync(DepartmentView department, ChangeDepartmentRequest request) => Admin.PatchAsync($"{Path}/{department.Id}", request);

    Task<ExistsAnswer> ExistAsync(DepartmentView department) => Admin.DoAsync<ExistsAnswer>(HttpMethod.Post, $"{Path}/exists", new IdsRequest([department.Id]));

    async Task<IEnumerable<Guid>> TeamAsync(DepartmentView department) =>
        (await Admin.ReadAsync<Paged<TeamMemberView>>($"{Path}/{department.Id}/team-members")).Data.Select(m => m.User.Id);

    async Task<IEnumerable<string>> NamesAsync(string query) => (await Admin.ReadAsync<Paged<DepartmentView>>(Path + query)).Data.Select(d => d.Name);
}
