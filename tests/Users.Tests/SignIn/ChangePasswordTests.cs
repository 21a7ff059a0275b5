using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Users.Tests.SignIn;

public sealed class ChangePasswordTests(UsersApi api) : IClassFixture<UsersApi>
{
    const string Path = "/api/v1/auth/password";
    const string Another = "seven green bicycles";

    [Fact]
    public async Task A_change_ends_the_other_sessions_and_the_old_password()
    {
        var person = await api.AddAsync();
        var there = await api.SignInAsync(person);
        var here = await api.SignInAsync(person);
        using var client = api.As(here.AccessToken);

        await client.PostAsync(Path, new ChangePasswordRequest(TestPerson.Password, Another)).ShouldBeAsync(HttpStatusCode.NoContent);

        await RefreshAsync(there).ShouldBeAsync(Codes.Unauthenticated);
        await RefreshAsync(here).ShouldBeAsync(HttpStatusCode.OK);
        await SignInAsync(person, TestPerson.Password).ShouldBeAsync(Codes.Unauthenticated);
        await SignInAsync(person, Another).ShouldBeAsync(HttpStatusCode.OK);
        var recorded = await api.Services.GetRequiredService<EventReader>().OfStreamAsync(person.Id, TestContext.Current.CancellationToken);
        recorded.Single(e => e.Type == "user.password_changed.v1").Data["temporary"]!.GetValue<bool>().ShouldBeFalse();
        recorded.Single(e => e.Type == "user.sessions_ended.v1").Data["session_ids"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task Without_the_current_password_nothing_is_changed()
    {
        var person = await api.AddAsync();
        using var client = await api.AsAsync(person);

        var problem = await client.PostAsync(Path, new ChangePasswordRequest("not the password", Another)).ShouldBeAsync(Codes.ValidationFailed);

        problem.GetProperty("errors").TryGetProperty("current_password", out _).ShouldBeTrue();
        await SignInAsync(person, TestPerson.Password).ShouldBeAsync(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("password123")]
    [InlineData(TestPerson.Password)]
    public async Task A_password_that_is_not_good_enough_is_refused(string password)
    {
        using var client = await api.AsAsync(Role.Requester);

        var problem = await client.PostAsync(Path, new ChangePasswordRequest(TestPerson.Password, password)).ShouldBeAsync(Codes.ValidationFailed);

        problem.GetProperty("errors").TryGetProperty("new_password", out _).ShouldBeTrue();
    }

    [Fact]
    public async Task A_service_has_no_password()
    {
        using var service = api.AsService();

        await service.PostAsync(Path, new ChangePasswordRequest("a", Another)).ShouldBeAsync(Codes.Forbidden);
    }

    [Fact]
    public async Task An_admins_password_for_somebody_is_temporary_and_ends_their_sessions()
    {
        var person = await api.AddAsync(hash: "argon2$argon2id$v=19$m=102400,t=2,p=8$c29tZXNhbHQ$aGFzaGhhc2g");
        using var admin = await api.AsAsync(Role.Admin);

        await admin.PostAsync($"/api/v1/users/{person.Id}/password", new SetPasswordRequest("temporary pass words")).ShouldBeAsync(HttpStatusCode.NoContent);

        (await SignInAsync(person, "temporary pass words").ShouldBeAsync(Codes.Forbidden).MemberAsync("reason")).ShouldBe(SignInReasons.MustChangePassword);
        await api.Http.PostAsync("/api/v1/auth/password-change", new ReplacePasswordRequest(person.Code, "temporary pass words", Another))
            .ShouldBeAsync(HttpStatusCode.NoContent);
        var signedIn = await api.SignInAsync(person, Another);
        await admin.PostAsync($"/api/v1/users/{person.Id}/password", new SetPasswordRequest("temporary pass words")).ShouldBeAsync(HttpStatusCode.NoContent);
        await RefreshAsync(signedIn).ShouldBeAsync(Codes.Unauthenticated);
    }

    [Fact]
    public async Task Somebody_who_never_had_a_password_can_be_given_one()
    {
        var person = await api.AddAsync();
        await api.Database.ExecuteAsync("DELETE FROM user_credentials WHERE user_id = @Id", new { person.Id });
        await SignInAsync(person, "anything at all").ShouldBeAsync(Codes.Unauthenticated);
        using var admin = await api.AsAsync(Role.Admin);

        await admin.PostAsync($"/api/v1/users/{person.Id}/password", new SetPasswordRequest("temporary pass words")).ShouldBeAsync(HttpStatusCode.NoContent);

        (await SignInAsync(person, "temporary pass words").ShouldBeAsync(Codes.Forbidden).MemberAsync("reason")).ShouldBe(SignInReasons.MustChangePassword);
    }

    [Fact]
    public async Task Nobody_but_an_admin_sets_anothers_password()
    {
        var person = await api.AddAsync();
        using var moderator = await api.AsAsync(Role.Moderator);
        using var service = api.AsService();

        await moderator.PostAsync($"/api/v1/users/{person.Id}/password", new SetPasswordRequest(Another)).ShouldBeAsync(Codes.Forbidden);
        await service.PostAsync($"/api/v1/users/{person.Id}/password", new SetPasswordRequest(Another)).ShouldBeAsync(Codes.Forbidden);
    }

    [Fact]
    public async Task An_admin_is_held_to_the_same_rules_and_to_people_who_are_there()
    {
        var person = await api.AddAsync();
        using var admin = await api.AsAsync(Role.Admin);

        await admin.PostAsync($"/api/v1/users/{person.Id}/password", new SetPasswordRequest("password123")).ShouldBeAsync(Codes.ValidationFailed);
        await admin.PostAsync($"/api/v1/users/{Guid.CreateVersion7()}/password", new SetPasswordRequest(Another)).ShouldBeAsync(Codes.NotFound);
    }

    [Fact]
    public async Task A_change_without_signing_in_asks_for_the_right_password_too()
    {
        var person = await api.AddAsync(mustChange: true);
        var inactive = await api.AddAsync(mustChange: true, active: false);

        await api.Http.PostAsync("/api/v1/auth/password-change", new ReplacePasswordRequest(person.Code, "not the password", Another))
            .ShouldBeAsync(Codes.Unauthenticated);
        await api.Http.PostAsync("/api/v1/auth/password-change", new ReplacePasswordRequest(person.Code, TestPerson.Password, "short"))
            .ShouldBeAsync(Codes.ValidationFailed);
        await api.Http.PostAsync("/api/v1/auth/password-change", new ReplacePasswordRequest(inactive.Code, TestPerson.Password, Another))
            .ShouldBeAsync(Codes.Forbidden);
    }

    Task<HttpResponseMessage> SignInAsync(TestPerson person, string password) =>
        api.Http.PostAsync("/api/v1/auth/sign-in", new SignInRequest(person.Code, password));

    Task<HttpResponseMessage> RefreshAsync(SignedIn signedIn) => api.Http.PostAsync("/api/v1/auth/refresh", new RefreshRequest(signedIn.RefreshToken));
}
