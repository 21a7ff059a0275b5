using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Hdms.Users.SignIn;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Users.Tests.SignIn;

public sealed class RefreshTests(UsersApi api) : IClassFixture<UsersApi>
{
    [Fact]
    public async Task A_refresh_gives_new_tokens_of_the_same_session()
    {
        var first = await api.SignInAsync(await api.AddAsync(Role.Assignee));
        api.Clock.Advance(TimeSpan.FromMinutes(14));

        var second = await RefreshedAsync(first.RefreshToken);

        second.SessionId.ShouldBe(first.SessionId);
        second.RefreshToken.ShouldNotBe(first.RefreshToken);
        second.User.ShouldBe(first.User);
        second.RefreshExpiresAt.ShouldBe(first.RefreshExpiresAt.AddMinutes(14), TimeSpan.FromSeconds(10));
        api.Clock.Advance(TimeSpan.FromMinutes(5));
        using var before = api.As(first.AccessToken);
        using var now = api.As(second.AccessToken);
        await before.GetAsync("/api/v1/auth/sessions").ShouldBeAsync(Codes.Unauthenticated);
        await now.GetAsync("/api/v1/auth/sessions").ShouldBeAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Clients_that_refresh_at_once_with_one_token_get_the_same_successor()
    {
        var signedIn = await api.SignInAsync(await api.AddAsync());
        await using var other = await api.StartAnotherAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => RefreshedAsync(signedIn.RefreshToken, n % 2 == 0 ? api : other)));

        answers.Select(a => a.RefreshToken).Distinct().ShouldHaveSingleItem();
        (await api.Database.ScalarAsync<int>("SELECT generation FROM user_sessions WHERE id = @SessionId", signedIn)).ShouldBe(1);
        (await RefreshedAsync(answers[0].RefreshToken)).SessionId.ShouldBe(signedIn.SessionId);
    }

    [Fact]
    public async Task The_token_before_is_good_for_ten_seconds()
    {
        var signedIn = await api.SignInAsync(await api.AddAsync());
        var second = await RefreshedAsync(signedIn.RefreshToken);
        api.Clock.Advance(TimeSpan.FromSeconds(8));

        (await RefreshedAsync(signedIn.RefreshToken)).RefreshToken.ShouldBe(second.RefreshToken);
    }

    [Fact]
    public async Task The_token_before_used_later_than_that_ends_the_session_for_both_holders()
    {
        var person = await api.AddAsync();
        var signedIn = await api.SignInAsync(person);
        var elsewhere = await api.SignInAsync(person);
        var second = await RefreshedAsync(signedIn.RefreshToken);
        api.Clock.Advance(TimeSpan.FromSeconds(11));

        await RefreshAsync(signedIn.RefreshToken).ShouldBeAsync(Codes.Unauthenticated);

        await RefreshAsync(second.RefreshToken).ShouldBeAsync(Codes.Unauthenticated);
        (await RefreshedAsync(elsewhere.RefreshToken)).SessionId.ShouldBe(elsewhere.SessionId);
        var recorded = await api.Services.GetRequiredService<EventReader>().OfStreamAsync(person.Id, TestContext.Current.CancellationToken);
        var theft = recorded.Single(e => e.Type == "session.reuse_detected.v1");
        theft.StreamVersion.ShouldBeNull();
        theft.Data["session_id"]!.GetValue<Guid>().ShouldBe(signedIn.SessionId);
        recorded.Single(e => e.Type == "user.sessions_ended.v1").Data["reason"]!.GetValue<string>().ShouldBe("reuse_detected");
    }

    [Fact]
    public async Task A_token_from_long_before_ends_the_session_too()
    {
        var signedIn = await api.SignInAsync(await api.AddAsync());
        var newest = signedIn;
        for (var n = 0; n < 5; n++)
            newest = await RefreshedAsync(newest.RefreshToken);

        await RefreshAsync(signedIn.RefreshToken).ShouldBeAsync(Codes.Unauthenticated);

        await RefreshAsync(newest.RefreshToken).ShouldBeAsync(Codes.Unauthenticated);
    }

    [Fact]
    public async Task A_made_up_token_of_a_known_session_ends_nothing()
    {
        var signedIn = await api.SignInAsync(await api.AddAsync());
        await RefreshAsync(RefreshToken.New(signedIn.SessionId).Text).ShouldBeAsync(Codes.Unauthenticated);

        (await RefreshedAsync(signedIn.RefreshToken)).SessionId.ShouldBe(signedIn.SessionId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hdmr_")]
    [InlineData("hdmr_AAAA")]
    [InlineData("not a token at all")]
    public Task What_is_no_refresh_token_is_refused(string token) => RefreshAsync(token).ShouldBeAsync(Codes.Unauthenticated);

    [Fact]
    public async Task A_session_that_was_not_refreshed_for_a_day_has_ended()
    {
        var signedIn = await api.SignInAsync(await api.AddAsync());
        api.Clock.Advance(TimeSpan.FromHours(23.9));
        var kept = await RefreshedAsync(signedIn.RefreshToken);
        api.Clock.Advance(TimeSpan.FromHours(24.1));

        await RefreshAsync(kept.RefreshToken).ShouldBeAsync(Codes.Unauthenticated);
    }

    [Theory]
    [InlineData("is_active = false")]
    [InlineData("helpdesk_authorized = false")]
    public async Task Who_may_no_longer_come_in_can_t_refresh(string change)
    {
        var person = await api.AddAsync();
        var signedIn = await api.SignInAsync(person);
        await api.Database.ExecuteAsync($"UPDATE users SET {change} WHERE id = @Id", new { person.Id });

        await RefreshAsync(signedIn.RefreshToken).ShouldBeAsync(Codes.Unauthenticated);
    }

    [Fact]
    public async Task A_refresh_sees_a_change_of_role()
    {
        var person = await api.AddAsync();
        var signedIn = await api.SignInAsync(person);
        await api.Database.ExecuteAsync("UPDATE users SET role = 'admin' WHERE id = @Id", new { person.Id });

        (await RefreshedAsync(signedIn.RefreshToken)).User.Role.ShouldBe("admin");
    }

    [Fact]
    public async Task Nothing_in_the_database_is_a_token_that_could_be_used()
    {
        var signedIn = await api.SignInAsync(await api.AddAsync());
        var second = await RefreshedAsync(signedIn.RefreshToken);

        var row = await api.Database.ScalarAsync<string>("SELECT s::text FROM user_sessions AS s WHERE id = @SessionId", signedIn);

        foreach (var token in new[] { signedIn.RefreshToken, second.RefreshToken })
        {
            var secret = System.Buffers.Text.Base64Url.DecodeFromChars(token.AsSpan("hdmr_".Length))[16..];
            row!.ShouldNotContain(Convert.ToHexStringLower(secret));
        }
    }

    Task<HttpResponseMessage> RefreshAsync(string token, UsersApi? at = null) => (at ?? api).Http.PostAsync("/api/v1/auth/refresh", new RefreshRequest(token));

    async Task<SignedIn> RefreshedAsync(string token, UsersApi? at = null) => await (await RefreshAsync(token, at)).ReadAsync<SignedIn>();
}
