using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Users.Tests.People;

public sealed class ScopeTests : IAsyncLifetime
{
    const string Cnic = "35202-1234567-1";

    readonly UsersApi _api = new();
    HttpClient? _admin;

    public async ValueTask InitializeAsync()
    {
        await _api.InitializeAsync();
        _admin = await _api.AsAsync(Role.Admin);
    }

    public async ValueTask DisposeAsync()
    {
        _admin?.Dispose();
        await _api.DisposeAsync();
    }

    [Theory]
    [InlineData("/users")]
    [InlineData("/users/{0}")]
    [InlineData("/departments")]
    public async Task A_service_account_reads_people_and_departments_with_a_scope_for_it_only(string path)
    {
        var url = Acts.Api + string.Format(path, (await _admin!.RegisterAsync()).Id);
        using var reader = await _api.AsAccountAsync(_admin!, Scopes.ReadUsers);
        using var writer = await _api.AsAccountAsync(_admin!, Scopes.WriteUsers);
        using var follower = await _api.AsAccountAsync(_admin!, Scopes.Feed(Services.Users), Scopes.ReadAudit);
        using var requester = await _api.AsAsync(Role.Requester);

        foreach (var client in new[] { reader, writer, requester, _api.AsService() })
            (await client.GetAsync(url)).EnsureSuccessStatusCode();
        await follower.GetAsync(url).ShouldBeAsync(Codes.Forbidden);
    }

    [Fact]
    public async Task The_feed_gives_national_ids_and_telephone_numbers_to_services_only()
    {
        var user = await _admin!.RegisterAsync(Acts.Somebody() with { Cnic = Cnic, PhoneNumber = "+92 51 555 0199" });
        using var service = _api.AsService();
        using var follower = await _api.AsAccountAsync(_admin!, Scopes.Feed(Services.Users));

        var whole = await DataAsync(service, user.Id);
        var part = await DataAsync(follower, user.Id);

        whole.GetProperty("cnic").GetString().ShouldBe(Cnic);
        part.GetProperty("employee_code").GetString().ShouldBe(user.EmployeeCode);
        Names(whole).Except(Names(part)).ShouldBe(["cnic", "phone_number", "sms_user_id"], ignoreOrder: true);
    }

    static IEnumerable<string> Names(JsonElement data) => data.EnumerateObject().Select(p => p.Name);

    static async Task<JsonElement> DataAsync(HttpClient client, Guid id) =>
        (await client.ReadAsync<IReadOnlyList<FeedEvent>>($"{Acts.Api}/users/events?limit=1000")).Last(e => e.Stream == id).Data;
}
