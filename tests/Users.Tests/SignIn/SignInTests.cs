using System.Net;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Hdms.Users.SignIn;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Hdms.Users.Tests.SignIn;

public sealed class SignInTests(UsersApi api) : IClassFixture<UsersApi>
{
    const string Path = "/api/v1/auth/sign-in";

    /// <summary>Django's own known answer for <c>lètmein</c>.</summary>
    const string DjangoHash = "pbkdf2_sha256$260000$seasalt$YlZ2Vggtqdc61YjArZuoApoBh9JNGYoDRBUGu6tcJQo=";

    [Fact]
    public async Task The_right_password_gives_tokens_that_say_who_somebody_is()
    {
        var department = Guid.CreateVersion7();
        await api.Database.ExecuteAsync(
            "INSERT INTO departments (id, name, code, created_at, updated_at, version) VALUES (@department, 'Works', 'WRK', now(), now(), 1)", new { department });
        var person = await api.AddAsync(Role.Moderator, department: department);

        using var answer = await api.Http.PostAsync(Path, new SignInRequest($" {person.Code} ", TestPerson.Password, "Ada's phone"));
        var signedIn = await answer.ReadAsync<SignedIn>();

        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        signedIn.TokenType.ShouldBe("Bearer");
        signedIn.ExpiresIn.ShouldBe(900);
        signedIn.RefreshExpiresAt.ShouldBe(api.Clock.GetUtcNow().AddHours(24), TimeSpan.FromSeconds(30));
        signedIn.User.ShouldBe(new SignedInUser(person.Id, person.Code, "Ada", "Tester", $"{person.Code}@example.org", "moderator", false, true, false, department));
        var token = new JsonWebToken(signedIn.AccessToken);
        token.Alg.ShouldBe("ES256");
        token.Issuer.ShouldBe(Tokens.Issuer);
        token.Audiences.ShouldBe([Tokens.Audience]);
        (token.ValidTo - token.IssuedAt).ShouldBe(TimeSpan.FromMinutes(15));
        token.Id.ShouldNotBeNullOrEmpty();
        var claims = token.Claims.ToLookup(c => c.Type, c => c.Value);
        claims[Claims.Subject].ShouldBe([person.Id.ToString()]);
        claims[Claims.Role].ShouldBe(["moderator"]);
        claims[Claims.Department].ShouldBe([department.ToString()]);
        claims[Claims.Flag].ShouldBe(["approver"]);
        claims[Claims.Session].ShouldBe([signedIn.SessionId.ToString()]);
        using var client = api.As(signedIn.AccessToken);
        var sessions = await (await client.GetAsync("/api/v1/auth/sessions")).ReadAsync<Paged<SessionView>>();
        sessions.Data.ShouldHaveSingleItem().ShouldSatisfyAllConditions(s => s.Current.ShouldBeTrue(), s => s.Device.ShouldBe("Ada's phone"), s => s.Ip.ShouldBe("127.0.0.1"));
    }

    [Fact]
    public async Task A_sign_in_is_recorded_without_changing_the_persons_version()
    {
        var person = await api.AddAsync();

        var signedIn = await api.SignInAsync(person);

        var recorded = (await HistoryAsync(person)).ShouldHaveSingleItem();
        recorded.Type.ShouldBe("user.signed_in.v1");
        recorded.StreamVersion.ShouldBeNull();
        recorded.ActorId.ShouldBe(person.Id);
        recorded.Data["session_id"]!.GetValue<Guid>().ShouldBe(signedIn.SessionId);
        recorded.Audit["address"]!.GetValue<string>().ShouldBe("127.0.0.1");
        (await api.Database.ScalarAsync<long>("SELECT version FROM users WHERE id = @Id", new { person.Id })).ShouldBe(1);
        (await api.Database.ScalarAsync<bool>("SELECT last_login IS NOT NULL FROM user_credentials WHERE user_id = @Id", new { person.Id })).ShouldBeTrue();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("argon2$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHQ$aGFzaGhhc2g")]
    [InlineData("bcrypt_sha256$$2b$12$abcdefghijklmnopqrstuv")]
    [InlineData("!unusable")]
    public async Task An_unknown_code_a_wrong_password_and_one_that_can_t_be_verified_here_are_told_the_same(string? hash)
    {
        var person = await api.AddAsync(hash: hash);

        var known = await api.Http.PostAsync(Path, new SignInRequest(person.Code, "not the password")).ShouldBeAsync(Codes.Unauthenticated);
        var unknown = await api.Http.PostAsync(Path, new SignInRequest("nobody", "not the password")).ShouldBeAsync(Codes.Unauthenticated);

        Told(known).ShouldBe(Told(unknown));
        known.GetProperty("detail").GetString()!.ShouldContain("ask an admin", Case.Insensitive, "who came from the old system has to hear of the reset");

        static IEnumerable<string> Told(JsonElement problem) =>
            problem.EnumerateObject().Select(m => m.Name == "trace_id" ? m.Name : $"{m.Name}: {m.Value}");
    }

    [Fact]
    public async Task That_a_password_has_to_be_reset_is_recorded_for_the_admin_who_is_asked()
    {
        var person = await api.AddAsync(hash: "!unusable");

        await api.Http.PostAsync(Path, new SignInRequest(person.Code, "whatever it is")).ShouldBeAsync(Codes.Unauthenticated);

        (await HistoryAsync(person)).ShouldHaveSingleItem().Audit["reason"]!.GetValue<string>().ShouldBe("password_reset_needed");
    }

    [Fact]
    public async Task An_attempt_that_is_refused_after_the_right_password_is_recorded_once()
    {
        var person = await api.AddAsync(active: false);
        var before = await RefusalsAsync();

        await api.Http.PostAsync(Path, new SignInRequest(person.Code, TestPerson.Password)).ShouldBeAsync(Codes.Forbidden);

        (await HistoryAsync(person)).ShouldHaveSingleItem().Audit["reason"]!.GetValue<string>().ShouldBe(SignInReasons.Inactive);
        (await RefusalsAsync()).ShouldBe(before + 1);

        Task<long> RefusalsAsync() => api.Database.ScalarAsync<long>("SELECT count(*) FROM users_events WHERE type = 'attempt.refused.v1'");
    }

    [Fact]
    public async Task A_failed_attempt_is_recorded_with_its_reason()
    {
        var person = await api.AddAsync();

        await api.Http.PostAsync(Path, new SignInRequest(person.Code, "not the password")).ShouldBeAsync(Codes.Unauthenticated);

        var recorded = (await HistoryAsync(person)).ShouldHaveSingleItem();
        recorded.Type.ShouldBe(EventLog.Refused);
        recorded.Data["code"]!.GetValue<string>().ShouldBe("unauthenticated");
        recorded.Audit["reason"]!.GetValue<string>().ShouldBe("wrong_password");
        recorded.ActorId.ShouldBeNull();
    }

    [Fact]
    public async Task Attempts_with_an_unknown_code_are_recorded_without_the_code()
    {
        await api.Http.PostAsync(Path, new SignInRequest("hunter2-typed-here", "x")).ShouldBeAsync(Codes.Unauthenticated);

        (await api.Database.ScalarAsync<long>("SELECT count(*) FROM users_events WHERE data ->> 'action' = 'sign_in' AND person_id = stream_id")).ShouldBeGreaterThan(0);
        (await api.Database.ScalarAsync<long>("SELECT count(*) FROM users_events AS e WHERE e::text LIKE '%hunter2%'")).ShouldBe(0);
    }

    [Fact]
    public async Task Who_has_not_been_let_in_is_told_so_after_the_right_password_only()
    {
        var person = await api.AddAsync(authorized: false);

        await api.Http.PostAsync(Path, new SignInRequest(person.Code, "not the password")).ShouldBeAsync(Codes.Unauthenticated);
        (await ReasonAsync(person)).ShouldBe(SignInReasons.NotAuthorized);
    }

    [Fact]
    public async Task Who_was_deactivated_is_told_so_after_the_right_password_only()
    {
        var person = await api.AddAsync(active: false);

        await api.Http.PostAsync(Path, new SignInRequest(person.Code, "not the password")).ShouldBeAsync(Codes.Unauthenticated);
        (await ReasonAsync(person)).ShouldBe(SignInReasons.Inactive);
    }

    [Fact]
    public async Task A_deleted_person_is_unknown()
    {
        var person = await api.AddAsync();
        await api.Database.ExecuteAsync("UPDATE users SET is_deleted = true, deleted_at = now() WHERE id = @Id", new { person.Id });

        await api.Http.PostAsync(Path, new SignInRequest(person.Code, TestPerson.Password)).ShouldBeAsync(Codes.Unauthenticated);
    }

    [Fact]
    public async Task A_temporary_password_is_good_for_setting_another_and_nothing_else()
    {
        var person = await api.AddAsync(mustChange: true);
        (await ReasonAsync(person)).ShouldBe(SignInReasons.MustChangePassword);

        await api.Http.PostAsync("/api/v1/auth/password-change", new ReplacePasswordRequest(person.Code, TestPerson.Password, "seven green bicycles"))
            .ShouldBeAsync(HttpStatusCode.NoContent);

        await api.Http.PostAsync(Path, new SignInRequest(person.Code, TestPerson.Password)).ShouldBeAsync(Codes.Unauthenticated);
        (await api.SignInAsync(person, "seven green bicycles")).User.Id.ShouldBe(person.Id);
    }

    [Fact]
    public async Task The_old_systems_password_is_taken_and_hashed_anew()
    {
        var person = await api.AddAsync(hash: DjangoHash);
        await api.Http.PostAsync(Path, new SignInRequest(person.Code, "letmein")).ShouldBeAsync(Codes.Unauthenticated);
        (await HashAsync(person)).ShouldBe(DjangoHash);

        await api.SignInAsync(person, "lètmein");

        var upgraded = await HashAsync(person);
        upgraded.ShouldNotStartWith("pbkdf2_");
        Passwords.Verify(upgraded, "lètmein").ShouldBe(PasswordVerdict.Ok);
        await api.SignInAsync(person, "lètmein");
        (await HashAsync(person)).ShouldBe(upgraded);
    }

    [Fact]
    public async Task What_is_no_sign_in_at_all_is_refused_by_field()
    {
        var problem = await api.Http.PostAsync(Path, new SignInRequest(" ", "", new string('x', 301))).ShouldBeAsync(Codes.ValidationFailed);

        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe(["employee_code", "password", "device"], ignoreOrder: true);
    }

    [Fact]
    public async Task An_address_has_ten_attempts_a_minute()
    {
        await using var limited = await UsersApi.StartAsync();

        // Without a code no password is checked, so that ten attempts take less than the six seconds after which one more is free.
        for (var n = 0; n < 10; n++)
            await limited.Http.PostAsync(Path, new SignInRequest("", "wrong")).ShouldBeAsync(Codes.ValidationFailed);

        await limited.Http.PostAsync(Path, new SignInRequest("nobody", "wrong")).ShouldBeAsync(Codes.RateLimited);
    }

    [Fact]
    public void Guessing_at_one_code_gets_slower_and_its_owner_is_never_locked_out()
    {
        using var failures = new FailedSignIns(TimeProvider.System);
        for (var n = 0; n < 5; n++)
            failures.Add("S-24-0001");
        failures.WaitFor("S-24-0001").ShouldBe(TimeSpan.Zero);

        failures.Add("S-24-0001");
        failures.WaitFor("S-24-0001").ShouldBe(TimeSpan.FromMilliseconds(250));
        for (var n = 0; n < 1000; n++)
            failures.Add("S-24-0001");
        failures.WaitFor("S-24-0001").ShouldBe(TimeSpan.FromSeconds(2));
        failures.WaitFor("S-24-0002").ShouldBe(TimeSpan.Zero);

        failures.Forget("S-24-0001");
        failures.WaitFor("S-24-0001").ShouldBe(TimeSpan.Zero);
    }

    Task<string?> ReasonAsync(TestPerson person) =>
        api.Http.PostAsync(Path, new SignInRequest(person.Code, TestPerson.Password)).ShouldBeAsync(Codes.Forbidden).MemberAsync("reason");

    Task<string?> HashAsync(TestPerson person) =>
        api.Database.ScalarAsync<string>("SELECT password_hash FROM user_credentials WHERE user_id = @Id", new { person.Id });

    Task<IReadOnlyList<RecordedEvent>> HistoryAsync(TestPerson person) =>
        api.Services.GetRequiredService<EventReader>().OfStreamAsync(person.Id, TestContext.Current.CancellationToken);
}
