using System.Net.Http.Headers;
using Hdms.Contracts;
using Hdms.Kit.Tests.Things;
using System.Net.Http.Json;
using Hdms.Kit.Auth;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Kit.Tests.Feeds;

public sealed class ReadYourWritesTests
{
    [Fact]
    public async Task A_read_with_the_position_of_a_write_waits_until_that_write_has_arrived()
    {
        await using var thingsData = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(thingsData);
        await using var data = await WatchersService.NewDatabaseAsync();
        await using var watchers = await WatchersService.StartAsync(data, things.Address);
        using var client = things.Client();
        using var reader = Client(watchers);

        for (var i = 1; i <= 20; i++)
        {
            using var write = await client.PostAsJsonAsync("/api/v1/things", new MakeThing($"{i}"), Json.Tolerant);
            var position = write.Headers.GetValues("X-HDMS-Position").Single();
            using var read = await reader.SendAsync(Asking(position));

            read.Headers.Contains("X-HDMS-Stale").ShouldBeFalse();
            (await data.ScalarAsync<long>("SELECT count(*) FROM watchers_seen")).ShouldBe(i);
        }
    }

    [Fact]
    public async Task A_read_that_would_wait_too_long_says_that_it_is_stale()
    {
        await using var thingsData = await ThingsService.NewDatabaseAsync();
        await using var things = await ThingsService.StartAsync(thingsData);
        await using var data = await WatchersService.NewDatabaseAsync();
        await using var watchers = await WatchersService.StartAsync(data, things.Address);
        await things.MakeAsync("one");
        await Eventually.TrueAsync(async () => await data.ScalarAsync<long>("SELECT count(*) FROM watchers_seen") == 1, "the first event");
        var epoch = await data.ScalarAsync<int>("SELECT epoch FROM watchers_cursors");
        using var reader = Client(watchers);

        using var stale = await reader.SendAsync(Asking($"things={epoch}.1000000"));
        using var fresh = await reader.SendAsync(Asking($"things={epoch}.1"));
        using var nonsense = await reader.SendAsync(Asking("things"));

        stale.Headers.GetValues("X-HDMS-Stale").ShouldBe(["true"]);
        fresh.Headers.Contains("X-HDMS-Stale").ShouldBeFalse();
        ((int)nonsense.StatusCode).ShouldBe(400);
    }

    static HttpRequestMessage Asking(string position) =>
        new(HttpMethod.Get, "/api/v1/watchers/events") { Headers = { { "X-HDMS-Position", position } } };

    static HttpClient Client(WatchersService watchers)
    {
        var address = watchers.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        var client = new HttpClient { BaseAddress = new Uri(address) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", watchers.Services.GetRequiredService<ServiceTokens>().Current());
        return client;
    }
}
