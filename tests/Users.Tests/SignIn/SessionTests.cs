using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Users.SignIn;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hdms.Users.Tests.SignIn;

public sealed class SessionTests(UsersApi api) : IClassFixture<UsersApi>
{
    const string Path = "/api/v1/auth/sessions";

    [Fact]
    public async Task Everybody_sees_their_own_sessions_newest_first()
    {
        var person = await api.AddAsync();
        var first = await api.SignInAsync(person);
        var second = await api.SignInAsync(person);
        await api.SignInAsync(await api.AddAsync());
        using var client = api.As(second.AccessToken);

        var sessions = await ListAsync(client);

        sessions.Data.Select(s => (s.Id, s.Current)).ShouldBe([(second.SessionId, true), (first.SessionId, false)]);
        sessions.Pagination.Total.ShouldBe(2);
        (await ListAsync(client, "?page=2&limit=1")).Data.ShouldHaveSingleItem().Id.ShouldBe(first.SessionId);
    }

    [Fact]
    public async Task An_admin_sees_anybodys_sessions_and_others_do_not()
    {
        var person = await api.AddAsync();
        var signedIn = await api.SignInAsync(person);
        using var admin = await api.AsAsync(Role.Admin);
        using var moderator = await api.AsAsync(Role.Moderator);

        (await ListAsync(admin, $"?user_id={person.Id}")).Data.ShouldHaveSingleItem().Id.ShouldBe(signedIn.SessionId);
        await moderator.GetAsync($"{Path}?user_id={person.Id}").ShouldBeAsync(Codes.Forbidden);
    }

    [Theory]
    [InlineData("?user=1")]
    [InlineData("?user_id=not-a-guid")]
    public async Task A_parameter_that_is_not_known_or_not_readable_is_refused(string query)
    {
        using var client = await api.AsAsync(Role.Admin);

        await client.GetAsync(Path + query).ShouldBeAsync(Codes.Malformed);
    }

    [Theory]
    [InlineData("?limit=101")]
    [InlineData("?page=0")]
    public async Task A_page_that_can_t_be_had_is_refused(string query)
    {
        using var client = await api.AsAsync(Role.Admin);

        await client.GetAsync(Path + query).ShouldBeAsync(Codes.ValidationFailed);
    }

    [Fact]
    public async Task Signing_out_ends_the_session_that_asks_and_no_other()
    {
        var person = await api.AddAsync();
        var here = await api.SignInAsync(person);
        var there = await api.SignInAsync(person);
        using var client = api.As(here.AccessToken);

        await client.PostAsync("/api/v1/auth/sign-out", content: null).ShouldBeAsync(HttpStatusCode.NoContent);
        await client.PostAsync("/api/v1/auth/sign-out", content: null).ShouldBeAsync(HttpStatusCode.NoContent);

        await RefreshAsync(here).ShouldBeAsync(Codes.Unauthenticated);
        await RefreshAsync(there).ShouldBeAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_service_has_no_session_to_sign_out_of()
    {
        using var service = api.AsService();

        await service.PostAsync("/api/v1/auth/sign-out", content: null).ShouldBeAsync(Codes.Forbidden);
    }

    [Fact]
    public async Task A_session_of_ones_own_can_be_ended_from_another()
    {
        var person = await api.AddAsync();
        var lost = await api.SignInAsync(person);
        using var client = await api.AsAsync(person);

        await client.DeleteAsync($"{Path}/{lost.SessionId}").ShouldBeAsync(HttpStatusCode.NoContent);

        await RefreshAsync(lost).ShouldBeAsync(Codes.Unauthenticated);
        await client.DeleteAsync($"{Path}/{lost.SessionId}").ShouldBeAsync(Codes.NotFound);
    }

    [Fact]
    public async Task Anothers_session_is_not_there_for_anybody_but_an_admin()
    {
        var theirs = await api.SignInAsync(await api.AddAsync());
        using var stranger = await api.AsAsync(Role.Moderator);
        using var admin = await api.AsAsync(Role.Admin);

        await stranger.DeleteAsync($"{Path}/{theirs.SessionId}").ShouldBeAsync(Codes.NotFound);
        await RefreshAsync(theirs).ShouldBeAsync(HttpStatusCode.OK);
        await admin.DeleteAsync($"{Path}/{theirs.SessionId}").ShouldBeAsync(HttpStatusCode.NoContent);
        await RefreshAsync(theirs).ShouldBeAsync(Codes.Unauthenticated);
    }

    [Fact]
    public async Task All_other_sessions_can_be_ended_at_once()
    {
        var person = await api.AddAsync();
        var first = await api.SignInAsync(person);
        await api.SignInAsync(person);
        var here = await api.SignInAsync(person);
        using var client = api.As(here.AccessToken);

        (await (await client.DeleteAsync(Path)).ReadAsync<SessionsEndedView>()).Ended.ShouldBe(2);

        await RefreshAsync(first).ShouldBeAsync(Codes.Unauthenticated);
        await RefreshAsync(here).ShouldBeAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Sessions_are_kept_for_thirty_days_after_their_end()
    {
        var person = await api.AddAsync();
        var ended = await api.SignInAsync(person);
        using (var client = api.As(ended.AccessToken))
            await client.PostAsync("/api/v1/auth/sign-out", content: null).ShouldBeAsync(HttpStatusCode.NoContent);
        api.Clock.Advance(TimeSpan.FromDays(29.9));
        await CleanAsync();
        (await CountAsync(person)).ShouldBe(1);
        await api.SignInAsync(person);

        api.Clock.Advance(TimeSpan.FromDays(0.2));
        await CleanAsync();

        (await CountAsync(person)).ShouldBe(1);
        (await api.Database.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM user_sessions WHERE id = @SessionId)", ended)).ShouldBeFalse();
    }

    Task CleanAsync() => api.Services.GetServices<IHostedService>().OfType<SignInCleaner>().Single().CleanAsync(CancellationToken.None);

    Task<long> CountAsync(TestPerson person) => api.Database.ScalarAsync<long>("SELECT count(*) FROM user_sessions WHERE user_id = @Id", new { person.Id });

    Task<HttpResponseMessage> RefreshAsync(SignedIn signedIn) => api.Http.PostAsync("/api/v1/auth/refresh", new RefreshRequest(signedIn.RefreshToken));

    static async Task<Paged<SessionView>> ListAsync(HttpClient client, string query = "") => await (await client.GetAsync(Path + query)).ReadAsync<Paged<SessionView>>();
}
