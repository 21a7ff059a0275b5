using Hdms.Contracts;
using Hdms.Kit.Caching;
using Hdms.Users.People;
using Microsoft.Extensions.DependencyInjection;
using static Hdms.Users.Tests.Acts;

namespace Hdms.Users.Tests.People;

/// <summary>The service with rows in memory, and an admin signed in.</summary>
public sealed class GivenRowsInMemory() : Given(new UsersApi(new Dictionary<string, string?> { ["rate_limits"] = "false", ["row_cache"] = "1000" }, null, new TestClock()));

public sealed class RowsInMemoryTests(GivenRowsInMemory given) : IClassFixture<GivenRowsInMemory>
{
    [Theory]
    [InlineData("deactivate")]
    [InlineData("anonymise")]
    public async Task What_is_done_to_somebody_shows_at_once(string action)
    {
        var person = await given.Admin.RegisterAsync(Somebody() with { Email = $"{Guid.NewGuid():N}@example.org" });
        await KeptAsync(given.Api, person.Id);

        var done = await given.Admin.DoToUserAsync(person.Id, action);

        (await given.Admin.UserAsync(person.Id)).ShouldSatisfyAllConditions(
            p => p.Version.ShouldBe(done.Version), p => p.IsActive.ShouldBe(done.IsActive), p => p.FirstName.ShouldBe(done.FirstName),
            p => p.Email.ShouldBe(done.Email), p => p.HelpdeskAuthorized.ShouldBe(done.HelpdeskAuthorized));
    }

    [Fact]
    public async Task A_sign_in_shows_at_once_although_it_is_no_version_of_the_person()
    {
        var person = await given.Api.AddAsync();
        (await given.Admin.UserAsync(person.Id)).LastLogin.ShouldBeNull();
        await KeptAsync(given.Api, person.Id);

        using var client = await given.Api.AsAsync(person);

        (await given.Admin.UserAsync(person.Id)).LastLogin.ShouldNotBeNull();
        (await client.ReadAsync<UserView>($"{Api}/users/me")).LastLogin.ShouldNotBeNull();
    }

    [Fact]
    public async Task Somebody_deleted_is_gone_at_once_for_those_who_see_no_deleted_people()
    {
        var person = await given.Admin.RegisterAsync();
        using var requester = await given.Api.AsAsync(Role.Requester);
        await requester.UserAsync(person.Id);
        await KeptAsync(given.Api, person.Id);

        await given.Admin.DeleteUserAsync(person.Id);

        using var gone = await requester.GetAsync($"{Api}/users/{person.Id}");
        gone.StatusCode.ShouldBe(System.Net.HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task One_row_in_memory_is_shown_to_each_as_far_as_they_see()
    {
        var person = await given.Admin.RegisterAsync(Somebody() with { Cnic = "12345-6789012-3" });
        await KeptAsync(given.Api, person.Id);
        using var requester = await given.Api.AsAsync(Role.Requester);
        using var moderator = await given.Api.AsAsync(Role.Moderator);

        (await given.Admin.UserAsync(person.Id)).Cnic.ShouldBe("12345-6789012-3");
        (await requester.UserAsync(person.Id)).EmployeeCode.ShouldBeNull();
        (await moderator.UserAsync(person.Id)).ShouldSatisfyAllConditions(p => p.EmployeeCode.ShouldNotBeNull(), p => p.Cnic.ShouldBeNull());
    }

    [Fact]
    public async Task Another_instance_shows_that_somebody_was_taken_out_within_a_second()
    {
        var person = await given.Admin.RegisterAsync();
        await using var other = await given.Api.StartAnotherAsync();
        using var reader = other.As(given.Admin.DefaultRequestHeaders.Authorization!.Parameter!);
        await KeptAsync(other, person.Id);
        using var patience = new CancellationTokenSource();

        await given.Admin.DoToUserAsync(person.Id, "deactivate");
        patience.CancelAfter(TimeSpan.FromSeconds(1));

        // An answer is as old as its question: a slow machine may give it after the second in which it was asked for.
        bool asked;
        do
        {
            asked = patience.IsCancellationRequested;
            if (!(await reader.UserAsync(person.Id)).IsActive)
                return;
        }
        while (!asked);

        Assert.Fail("still shown as active after a second");
    }

    /// <summary>Waits until the person is served from memory.</summary>
    static Task KeptAsync(UsersApi api, Guid id) => Eventually.ShouldAsync(async () =>
    {
        var loaded = false;
        var database = api.Services.GetRequiredService<Kit.Database.ServiceDatabase>();
        await api.Services.GetRequiredService<RowCache<ShownUser>>().GetAsync(id, null, ct =>
        {
            loaded = true;
            return database.ReadAsync(c => UserTable.FindShownAsync(c, id, ct), ct);
        }, CancellationToken.None);
        return !loaded;
    });
}
