using System.Net;
using System.Text;
using Hdms.Contracts;
using Hdms.Kit.Problems;
using static Hdms.Users.Tests.Acts;

namespace Hdms.Users.Tests.People;

public sealed class AnonymiseTests(Given given) : IClassFixture<Given>
{
    [Fact]
    public async Task Nothing_personal_of_somebody_is_left_in_any_table_or_in_what_the_log_can_still_tell()
    {
        var (person, traces) = await LeaveTracesAsync();
        var before = await LeftAsync(traces);
        foreach (var table in new[] { "users", "access_requests", "user_sessions", "user_import_rows", "users_idempotency" })
            before.ShouldContain(l => l.StartsWith($"{table}: "), $"something is in {table} before");

        var left = await given.Admin.DoToUserAsync(person.Id, "anonymise");

        left.ShouldSatisfyAllConditions(
            p => p.FirstName.ShouldBe("Anonymised"), p => p.Email.ShouldBeNull(), p => p.Cnic.ShouldBeNull(), p => p.PhoneNumber.ShouldBeNull(),
            p => p.IsActive.ShouldBeFalse(), p => p.HelpdeskAuthorized.ShouldBe(false), p => p.AnonymisedAt.ShouldNotBeNull());
        (await LeftAsync(traces)).ShouldBeEmpty();
        var history = await given.Admin.GetStringAsync($"{Api}/users/{person.Id}/history?limit=100");
        foreach (var trace in traces)
            history.ShouldNotContain(trace);
        var entries = (await given.Admin.ReadAsync<CursorPage<AuditEntry>>($"{Api}/users/{person.Id}/history?limit=100")).Data;
        entries.Where(e => e.Type != "user.anonymised.v1").ShouldAllBe(e => e.Erased);
        entries.Single(e => e.Type == "user.anonymised.v1").Erased.ShouldBeFalse();
    }

    [Fact]
    public async Task The_row_stays_for_those_who_refer_to_it_and_the_code_is_free()
    {
        var somebody = Somebody() with { Email = $"{Guid.NewGuid():N}@example.org" };
        var person = await given.Admin.RegisterAsync(somebody);

        await given.Admin.DoToUserAsync(person.Id, "anonymise");

        (await given.Admin.UserAsync(person.Id)).AllowedActions.ShouldBe([]);
        (await given.Admin.RegisterAsync(somebody)).Id.ShouldNotBe(person.Id);
        await given.Admin.PatchAsync($"{Api}/users/{person.Id}", new ChangeUserRequest { FirstName = "Ada" }).ShouldBeAsync(Codes.InvalidTransition);
    }

    [Fact]
    public async Task The_same_registration_under_its_key_registers_nobody_anew()
    {
        var (somebody, key) = (Somebody(), Guid.NewGuid().ToString());
        using var first = await given.Admin.SendAsync(HttpMethod.Post, $"{Api}/users", somebody, key: key);
        await given.Admin.DoToUserAsync((await first.ReadAsync<UserView>()).Id, "anonymise");

        using var again = await given.Admin.SendAsync(HttpMethod.Post, $"{Api}/users", somebody, key: key);

        again.StatusCode.ShouldBe(HttpStatusCode.Created);
        again.Headers.Location.ShouldBe(first.Headers.Location);
        (await again.Content.ReadAsStringAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_department_that_the_person_headed_has_no_head()
    {
        var head = await given.Admin.RegisterAsync(Somebody(Role.Assignee));
        var department = await given.Admin.OpenDepartmentAsync(head.Id);

        await given.Admin.DoToUserAsync(head.Id, "anonymise");

        (await given.Admin.ReadAsync<DepartmentView>($"{Api}/departments/{department.Id}")).HeadId.ShouldBeNull();
    }

    /// <summary>Somebody of whom something is written wherever anything can be.</summary>
    async Task<(UserView Person, string[] Traces)> LeaveTracesAsync()
    {
        string[] traces = [.. Enumerable.Range(0, 10).Select(_ => $"{Guid.NewGuid():N}"[..12])];
        var admin = given.Admin;
        using var made = await admin.SendAsync(
            HttpMethod.Post, $"{Api}/users",
            new RegisterUserRequest(traces[0], traces[1], traces[2], traces[3], $"{traces[4]}@example.org", PhoneNumber: null, SmsUserId: traces[5]),
            key: Guid.NewGuid().ToString());
        var person = await made.ReadAsync<UserView>();
        (await given.Api.Http.PostAsync($"{Api}/access-requests", new AskForAccessRequest(traces[0], traces[6]))).EnsureSuccessStatusCode();
        var asked = (await admin.ReadAsync<Paged<AccessRequestView>>($"{Api}/access-requests?user_id={person.Id}")).Data.Single();
        await admin.PostAsync($"{Api}/access-requests/{asked.Id}/approve", new ReasonRequest(traces[7])).ShouldBeAsync(HttpStatusCode.OK);
        await admin.PostAsync($"{Api}/users/{person.Id}/password", new SetPasswordRequest("temporary pass words")).ShouldBeAsync(HttpStatusCode.NoContent);
        await given.Api.Http.PostAsync($"{Api}/auth/password-change", new ReplacePasswordRequest(traces[0], "temporary pass words", TestPerson.Password))
            .ShouldBeAsync(HttpStatusCode.NoContent);
        await given.Api.Http.PostAsync($"{Api}/auth/sign-in", new SignInRequest(traces[0], TestPerson.Password, traces[8])).ShouldBeAsync(HttpStatusCode.OK);
        await admin.PostAsync($"{Api}/users/{person.Id}/deactivate", new ReasonRequest(traces[9])).ShouldBeAsync(HttpStatusCode.OK);
        await admin.ImportAsync($"employee_code,first_name,role\n{traces[0]},{traces[1]},king\n").ShouldBeAsync(HttpStatusCode.Accepted);
        return (person, traces);
    }

    /// <summary>Where which traces are, in any column of any table, as text or as bytes of text.</summary>
    async Task<IReadOnlyList<string>> LeftAsync(string[] traces)
    {
        var left = new List<string>();
        foreach (var table in await given.Api.Database.QueryAsync<string>("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        {
            foreach (var trace in traces)
            {
                var found = await given.Api.Database.ScalarAsync<long>(
                    $"SELECT count(*) FROM \"{table}\" AS t WHERE t::text LIKE @text OR t::text LIKE @bytes",
                    new { text = $"%{trace}%", bytes = $"%{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(trace))}%" });
                if (found > 0)
                    left.Add($"{table}: {trace}");
            }
        }

        return left;
    }
}
