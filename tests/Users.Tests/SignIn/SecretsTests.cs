using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Users.Tests.SignIn;

public sealed class SecretsTests(UsersApi api) : IClassFixture<UsersApi>
{
    const string Wrong = "quite the wrong phrase";
    const string Chosen = "seven green bicycles";
    const string Temporary = "temporary pass words";

    [Fact]
    public async Task No_secret_is_in_the_event_log_in_kept_answers_or_in_what_is_logged()
    {
        var secrets = await UseEverySecretAsync();

        var events = await api.Services.GetRequiredService<EventReader>().AfterAllAsync(api);
        events.Count.ShouldBeGreaterThan(10);
        var written = string.Join('\n', events.Select(e => $"{e.Data.ToJsonString()} {e.Audit.ToJsonString()}"));
        var kept = string.Join('\n', await api.Database.QueryAsync<string>("SELECT convert_from(body, 'UTF8') FROM users_idempotency WHERE body IS NOT NULL"));
        api.Log.Text.ShouldContain("/api/v1/auth/sign-in", Case.Sensitive, "the log is read at its most talkative");
        foreach (var secret in secrets)
        {
            written.ShouldNotContain(secret);
            kept.ShouldNotContain(secret);
            api.Log.Text.Contains(secret, StringComparison.Ordinal).ShouldBeFalse($"'{secret}' was logged");
        }
    }

    async Task<string[]> UseEverySecretAsync()
    {
        var person = await api.AddAsync();
        var signedIn = await api.SignInAsync(person);
        await api.Http.PostAsync("/api/v1/auth/sign-in", new SignInRequest(person.Code, Wrong)).ShouldBeAsync(Codes.Unauthenticated);
        var refreshed = await (await api.Http.PostAsync("/api/v1/auth/refresh", new RefreshRequest(signedIn.RefreshToken))).ReadAsync<SignedIn>();
        var stolen = await api.SignInAsync(person);
        await api.Http.PostAsync("/api/v1/auth/refresh", new RefreshRequest(stolen.RefreshToken)).ShouldBeAsync(HttpStatusCode.OK);
        api.Clock.Advance(TimeSpan.FromSeconds(20));
        await api.Http.PostAsync("/api/v1/auth/refresh", new RefreshRequest(stolen.RefreshToken)).ShouldBeAsync(Codes.Unauthenticated);
        using var client = api.As(refreshed.AccessToken);
        client.DefaultRequestHeaders.Add("Idempotency-Key", Guid.NewGuid().ToString());
        await client.PostAsync("/api/v1/auth/password", new ChangePasswordRequest(TestPerson.Password, Chosen)).ShouldBeAsync(HttpStatusCode.NoContent);
        using var admin = await api.AsAsync(Role.Admin);
        admin.DefaultRequestHeaders.Add("Idempotency-Key", Guid.NewGuid().ToString());
        await admin.PostAsync($"/api/v1/users/{person.Id}/password", new SetPasswordRequest(Temporary)).ShouldBeAsync(HttpStatusCode.NoContent);
        var account = await (await admin.PostAsync("/api/v1/service-accounts", new CreateServiceAccountRequest("Payroll", ["users:read"]))).ReadAsync<ServiceAccountKey>();
        var rotated = await (await admin.PostAsync($"/api/v1/service-accounts/{account.Account.Id}/rotate", content: null)).ReadAsync<ServiceAccountKey>();
        var token = await (await api.Http.PostAsync("/api/v1/auth/token", new TokenRequest("client_credentials", rotated.Key))).ReadAsync<TokenView>();
        await api.Http.PostAsync("/api/v1/auth/token", new TokenRequest("client_credentials", account.Key)).ShouldBeAsync(Codes.Unauthenticated);
        var hash = await api.Database.ScalarAsync<string>("SELECT password_hash FROM user_credentials WHERE user_id = @Id", new { person.Id });
        return
        [
            TestPerson.Password, TestPerson.PasswordHash, Wrong, Chosen, Temporary, hash!, signedIn.RefreshToken, refreshed.RefreshToken, stolen.RefreshToken,
            Signature(signedIn.AccessToken), Signature(refreshed.AccessToken), account.Key, rotated.Key, Signature(token.AccessToken),
        ];
    }

    static string Signature(string token) => token.Split('.')[2];
}

static class AllEvents
{
    /// <summary>Everything in the log, refused attempts included, opened.</summary>
    public static async Task<IReadOnlyList<RecordedEvent>> AfterAllAsync(this EventReader reader, UsersApi api)
    {
        var all = new List<RecordedEvent>();
        foreach (var stream in await api.Database.QueryAsync<Guid>("SELECT DISTINCT stream_id FROM users_events"))
            all.AddRange(await reader.OfStreamAsync(stream, CancellationToken.None));
        return all;
    }
}
