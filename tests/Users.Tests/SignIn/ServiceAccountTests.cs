using System.Net;
using System.Net.Http.Headers;
using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Users.Tests.SignIn;

public sealed class ServiceAccountTests(UsersApi api) : IClassFixture<UsersApi>
{
    const string Path = "/api/v1/service-accounts";
    const string Feed = "/api/v1/users/events";

    [Fact]
    public async Task A_key_is_exchanged_for_a_token_that_may_do_what_its_scopes_say()
    {
        var reader = await CreateAsync("feed:users");
        var other = await CreateAsync("users:read", "audit:read");

        var token = await TokenAsync(reader.Key);

        token.ShouldSatisfyAllConditions(t => t.Scope.ShouldBe("feed:users"), t => t.ExpiresIn.ShouldBe(900), t => t.TokenType.ShouldBe("Bearer"));
        using var mayRead = api.As(token.AccessToken);
        using var mayNot = api.As((await TokenAsync(other.Key)).AccessToken);
        await mayRead.GetAsync(Feed).ShouldBeAsync(HttpStatusCode.OK);
        await mayNot.GetAsync(Feed).ShouldBeAsync(Codes.Forbidden);
        await mayRead.GetAsync(Path).ShouldBeAsync(Codes.Forbidden);
        await mayRead.GetAsync("/api/v1/auth/sessions").ShouldBeAsync(Codes.Forbidden);
    }

    [Fact]
    public async Task The_key_is_shown_once_and_never_kept()
    {
        using var admin = await api.AsAsync(Role.Admin);
        var name = Name();

        using var answer = await admin.PostAsync(Path, new CreateServiceAccountRequest($" {name} ", ["users:read", "users:read"]));
        var made = await answer.ReadAsync<ServiceAccountKey>();

        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        answer.Headers.Location!.ToString().ShouldBe($"{Path}/{made.Account.Id}");
        answer.Headers.ETag!.Tag.ShouldBe("\"1\"");
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        made.Key.ShouldStartWith("hdms_");
        made.Account.ShouldSatisfyAllConditions(a => a.Name.ShouldBe(name), a => a.Scopes.ShouldBe(["users:read"]), a => a.LastUsedAt.ShouldBeNull());
        (await (await admin.GetAsync($"{Path}/{made.Account.Id}")).Content.ReadAsStringAsync()).ShouldNotContain(made.Key);
        (await api.Database.ScalarAsync<string>("SELECT a::text FROM service_accounts AS a WHERE id = @Id", new { made.Account.Id }))!.ShouldNotContain(made.Key);
    }

    [Fact]
    public async Task An_account_is_read_by_its_version_and_listed_by_name()
    {
        using var admin = await api.AsAsync(Role.Admin);
        var made = await CreateAsync("users:read");

        using var first = await admin.GetAsync($"{Path}/{made.Account.Id}");
        first.Headers.ETag!.Tag.ShouldBe("\"1\"");
        using var again = new HttpRequestMessage(HttpMethod.Get, $"{Path}/{made.Account.Id}") { Headers = { IfNoneMatch = { first.Headers.ETag } } };
        await admin.SendAsync(again).ShouldBeAsync(HttpStatusCode.NotModified);
        var list = await (await admin.GetAsync($"{Path}?limit=100")).ReadAsync<Paged<ServiceAccountView>>();
        list.Data.Select(a => a.Id).ShouldContain(made.Account.Id);
        list.Data.Select(a => a.Name).ShouldBe(list.Data.Select(a => a.Name).OrderBy(n => n, StringComparer.Ordinal));
        await admin.GetAsync($"{Path}/{Guid.CreateVersion7()}").ShouldBeAsync(Codes.NotFound);
        await admin.GetAsync($"{Path}?state=all").ShouldBeAsync(Codes.Malformed);
    }

    [Fact]
    public async Task The_last_use_is_kept_and_recorded_to_the_minute()
    {
        var made = await CreateAsync("users:read");
        await TokenAsync(made.Key);
        var first = await LastUseAsync(made);
        api.Clock.Advance(TimeSpan.FromSeconds(50));
        await TokenAsync(made.Key);
        (await LastUseAsync(made)).ShouldBe(first);

        api.Clock.Advance(TimeSpan.FromSeconds(20));
        await TokenAsync(made.Key);

        (await LastUseAsync(made)).ShouldNotBe(first);
        (await ReadAsync(made)).Version.ShouldBe(1);
        var uses = (await api.Services.GetRequiredService<EventReader>().OfStreamAsync(made.Account.Id, TestContext.Current.CancellationToken))
            .Where(e => e.Type == "service_account.used.v1").ToArray();
        uses.Length.ShouldBe(2);
        uses.ShouldAllBe(e => e.StreamVersion == null && e.Audit["service_account_id"]!.GetValue<Guid>() == made.Account.Id);
    }

    [Fact]
    public async Task Exchanges_at_once_are_one_use()
    {
        var made = await CreateAsync("users:read");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TokenAsync(made.Key)));

        (await api.Database.ScalarAsync<long>(
            "SELECT count(*) FROM users_events WHERE stream_id = @Id AND type = 'service_account.used.v1'", new { made.Account.Id })).ShouldBe(1);
    }

    [Fact]
    public async Task A_key_expires_and_its_token_not_later_than_it()
    {
        var made = await CreateAsync(api.Clock.GetUtcNow().AddMinutes(5), "users:read");
        (await TokenAsync(made.Key)).ExpiresIn.ShouldBeInRange(200, 300);
        api.Clock.Advance(TimeSpan.FromMinutes(6));

        await ExchangeAsync(made.Key).ShouldBeAsync(Codes.Unauthenticated);
    }

    [Fact]
    public async Task A_revoked_key_is_good_for_nothing_and_its_name_is_free()
    {
        var made = await CreateAsync("users:read");
        using var admin = await api.AsAsync(Role.Admin);

        await admin.DeleteAsync($"{Path}/{made.Account.Id}").ShouldBeAsync(HttpStatusCode.NoContent);
        await admin.DeleteAsync($"{Path}/{made.Account.Id}").ShouldBeAsync(HttpStatusCode.NoContent);

        await ExchangeAsync(made.Key).ShouldBeAsync(Codes.Unauthenticated);
        await admin.PostAsync($"{Path}/{made.Account.Id}/rotate", content: null).ShouldBeAsync(Codes.InvalidTransition);
        await admin.PostAsync(Path, new CreateServiceAccountRequest(made.Account.Name, ["users:read"])).ShouldBeAsync(HttpStatusCode.Created);
        var revoked = await (await admin.GetAsync($"{Path}?revoked=true&limit=100")).ReadAsync<Paged<ServiceAccountView>>();
        revoked.Data.Select(a => a.Id).ShouldContain(made.Account.Id);
        var history = await api.Services.GetRequiredService<EventReader>().OfStreamAsync(made.Account.Id, TestContext.Current.CancellationToken);
        history.Select(e => (e.Type, e.StreamVersion)).ShouldBe(
            [("service_account.created.v1", 1), ("service_account.revoked.v1", 2), (EventLog.Refused, null)]);
    }

    [Fact]
    public async Task A_new_key_takes_the_place_of_the_old_one()
    {
        var made = await CreateAsync("users:read");
        using var admin = await api.AsAsync(Role.Admin);

        using var answer = await admin.PostAsync($"{Path}/{made.Account.Id}/rotate", content: null);
        var rotated = await answer.ReadAsync<ServiceAccountKey>();

        answer.Headers.ETag!.Tag.ShouldBe("\"2\"");
        rotated.Account.Version.ShouldBe(2);
        await ExchangeAsync(made.Key).ShouldBeAsync(Codes.Unauthenticated);
        await TokenAsync(rotated.Key);
        await admin.PostAsync($"{Path}/{Guid.CreateVersion7()}/rotate", content: null).ShouldBeAsync(Codes.NotFound);
    }

    [Fact]
    public async Task A_change_built_on_an_older_version_is_refused()
    {
        var made = await CreateAsync("users:read");
        using var admin = await api.AsAsync(Role.Admin);
        admin.DefaultRequestHeaders.IfMatch.Add(new EntityTagHeaderValue("\"7\""));

        await admin.PostAsync($"{Path}/{made.Account.Id}/rotate", content: null).ShouldBeAsync(Codes.PreconditionFailed);
        await admin.DeleteAsync($"{Path}/{made.Account.Id}").ShouldBeAsync(Codes.PreconditionFailed);
    }

    [Fact]
    public async Task A_name_is_taken_once_whatever_its_case()
    {
        var made = await CreateAsync("users:read");
        using var admin = await api.AsAsync(Role.Admin);

        var problem = await admin.PostAsync(Path, new CreateServiceAccountRequest(made.Account.Name.ToUpperInvariant(), ["users:read"])).ShouldBeAsync(Codes.AlreadyExists);

        problem.GetProperty("errors").TryGetProperty("name", out _).ShouldBeTrue();
    }

    [Fact]
    public async Task What_is_no_account_is_refused_by_field()
    {
        using var admin = await api.AsAsync(Role.Admin);

        var problem = await admin.PostAsync(Path, new CreateServiceAccountRequest("", ["everything"], api.Clock.GetUtcNow().AddDays(-1))).ShouldBeAsync(Codes.ValidationFailed);

        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe(["name", "scopes", "expires_at"], ignoreOrder: true);
        await admin.PostAsync(Path, new CreateServiceAccountRequest(Name(), [])).ShouldBeAsync(Codes.ValidationFailed);
    }

    [Fact]
    public async Task Nobody_but_an_admin_has_to_do_with_accounts()
    {
        var made = await CreateAsync("users:read");
        using var moderator = await api.AsAsync(Role.Moderator);

        await moderator.PostAsync(Path, new CreateServiceAccountRequest(Name(), ["users:read"])).ShouldBeAsync(Codes.Forbidden);
        await moderator.GetAsync(Path).ShouldBeAsync(Codes.Forbidden);
        await moderator.GetAsync($"{Path}/{made.Account.Id}").ShouldBeAsync(Codes.Forbidden);
        await moderator.PostAsync($"{Path}/{made.Account.Id}/rotate", content: null).ShouldBeAsync(Codes.Forbidden);
        await moderator.DeleteAsync($"{Path}/{made.Account.Id}").ShouldBeAsync(Codes.Forbidden);
    }

    [Fact]
    public async Task Only_a_key_that_was_given_out_is_taken()
    {
        await ExchangeAsync("hdms_made-up").ShouldBeAsync(Codes.Unauthenticated);
        await api.Http.PostAsync("/api/v1/auth/token", new TokenRequest("password", "hdms_made-up")).ShouldBeAsync(Codes.ValidationFailed);
    }

    static string Name() => $"Integration {Guid.NewGuid():N}";

    Task<ServiceAccountKey> CreateAsync(params string[] scopes) => CreateAsync(null, scopes);

    async Task<ServiceAccountKey> CreateAsync(DateTimeOffset? expiresAt, params string[] scopes)
    {
        using var admin = await api.AsAsync(Role.Admin);
        return await (await admin.PostAsync(Path, new CreateServiceAccountRequest(Name(), scopes, expiresAt))).ReadAsync<ServiceAccountKey>();
    }

    Task<HttpResponseMessage> ExchangeAsync(string key) => api.Http.PostAsync("/api/v1/auth/token", new TokenRequest("client_credentials", key));

    async Task<TokenView> TokenAsync(string key) => await (await ExchangeAsync(key)).ReadAsync<TokenView>();

    async Task<DateTimeOffset?> LastUseAsync(ServiceAccountKey made) => (await ReadAsync(made)).LastUsedAt;

    async Task<ServiceAccountView> ReadAsync(ServiceAccountKey made)
    {
        using var admin = await api.AsAsync(Role.Admin);
        return await (await admin.GetAsync($"{Path}/{made.Account.Id}")).ReadAsync<ServiceAccountView>();
    }
}
