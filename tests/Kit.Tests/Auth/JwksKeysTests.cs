using System.Net;
using Hdms.Kit.Auth;
using Hdms.Kit.Problems;

namespace Hdms.Kit.Tests.Auth;

public sealed class JwksKeysTests : IDisposable
{
    const string KeySet =
        """
        {"keys":[{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"one",
          "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}
        """;

    readonly ManualClock _clock = new();
    readonly UsersStub _users = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("away")]
    [InlineData("silent")]
    [InlineData("no key set")]
    public async Task Without_any_key_the_users_service_is_named_as_what_is_missing(string fault)
    {
        using var http = _users.Client();
        using var keys = new JwksKeys(http, _clock);
        _users.Fault = fault;

        (await Should.ThrowAsync<Refusal>(async () => await keys.GetAsync("one", Ct))).Code.ShouldBe(Codes.ReferenceUnavailable);

        _users.Fault = null;
        (await keys.GetAsync("one", Ct)).ShouldHaveSingleItem().KeyId.ShouldBe("one");
    }

    [Theory]
    [InlineData("away")]
    [InlineData("silent")]
    [InlineData("no key set")]
    public async Task Old_keys_stay_in_use_while_the_users_service_is_away_and_it_is_asked_every_ten_seconds_at_most(string fault)
    {
        using var http = _users.Client();
        using var keys = new JwksKeys(http, _clock);
        await keys.GetAsync("one", Ct);
        _clock.Advance(TimeSpan.FromHours(2));
        _users.Fault = fault;
        _users.Asked = 0;

        (await keys.GetAsync("one", Ct)).ShouldHaveSingleItem();
        (await keys.GetAsync("one", Ct)).ShouldHaveSingleItem();
        (await keys.GetAsync("other", Ct)).ShouldHaveSingleItem();
        _users.Asked.ShouldBe(1);

        _clock.Advance(TimeSpan.FromSeconds(10));
        (await keys.GetAsync("one", Ct)).ShouldHaveSingleItem();
        _users.Asked.ShouldBe(2);
    }

    [Fact]
    public async Task Nobody_waits_for_an_answer_that_is_not_needed()
    {
        using var http = _users.Client();
        using var keys = new JwksKeys(http, _clock);
        await keys.GetAsync("one", Ct);
        _clock.Advance(TimeSpan.FromHours(2));
        _users.Hold = new TaskCompletionSource();

        var asking = keys.GetAsync("one", Ct).AsTask();
        var other = keys.GetAsync("one", Ct);

        other.IsCompletedSuccessfully.ShouldBeTrue();
        asking.IsCompleted.ShouldBeFalse();
        _users.Hold.SetResult();
        (await asking).ShouldHaveSingleItem();
        (await other).ShouldHaveSingleItem();
    }

    public void Dispose() => _users.Dispose();

    sealed class UsersStub : HttpMessageHandler
    {
        public string? Fault { get; set; }

        public int Asked { get; set; }

        public TaskCompletionSource? Hold { get; set; }

        public HttpClient Client() => new(this, disposeHandler: false) { BaseAddress = new Uri("http://users") };

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked++;
            await (Hold?.Task ?? Task.CompletedTask);
            return Fault switch
            {
                "away" => throw new HttpRequestException("refused"),
                "silent" => throw new TaskCanceledException("timeout"),
                var f => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(f is null ? KeySet : "<html>") },
            };
        }
    }
}
