using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Users.People;
using static Hdms.Users.Tests.Acts;

namespace Hdms.Users.Tests.People;

public sealed class SightTests(Given given) : IClassFixture<Given>
{
    const string Cnic = "35201-1234567-1";

    [Theory]
    [InlineData("35201-1234567-1", "*****-*****67-1")]
    [InlineData("3520112345671", "*********5671")]
    [InlineData("1234", "****")]
    [InlineData("1", "*")]
    [InlineData(null, null)]
    public void Of_a_national_id_the_last_four_characters_are_shown_and_of_a_short_one_none(string? cnic, string? masked) =>
        Sights.Masked(cnic).ShouldBe(masked);

    [Fact]
    public async Task Everybody_sees_names_moderators_and_heads_how_to_reach_somebody_and_admins_all()
    {
        var person = await SomebodyAsync();
        using var requester = await given.Api.AsAsync(Role.Requester);
        using var moderator = await given.Api.AsAsync(Role.Moderator);

        var little = await requester.UserAsync(person.Id);
        little.ShouldBe(
            new UserView(person.Id, "Ada", "Tester", Role.Requester, null, true, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, [], 1),
            new SameJson<UserView>());
        var more = await moderator.UserAsync(person.Id);
        more.ShouldBe(
            little with { EmployeeCode = person.EmployeeCode, Email = person.Email, PhoneNumber = "042 111", IsCeo = false, IsApprover = false },
            new SameJson<UserView>());
        (await given.Admin.UserAsync(person.Id)).ShouldSatisfyAllConditions(
            p => p.Cnic.ShouldBe(person.Cnic), p => p.HelpdeskAuthorized.ShouldBe(false), p => p.SmsUserId.ShouldBe("77"), p => p.CreatedAt.ShouldNotBeNull());
    }

    [Fact]
    public async Task The_whole_national_id_is_shown_to_an_admin_who_reads_one_person_alone()
    {
        var person = await SomebodyAsync();
        using var reader = await given.Api.AsAccountAsync(given.Admin, Scopes.ReadUsers);
        using var service = given.Api.AsService();
        var masked = Sights.Masked(person.Cnic);

        (await given.Admin.UserAsync(person.Id)).Cnic.ShouldBe(person.Cnic);
        (await reader.UserAsync(person.Id)).Cnic.ShouldBe(masked);
        (await service.UserAsync(person.Id)).Cnic.ShouldBe(masked);
        var listed = await given.Admin.ReadAsync<Paged<UserView>>($"{Api}/users?q={person.EmployeeCode}");
        listed.Data.ShouldHaveSingleItem().Cnic.ShouldBe(masked);
    }

    [Fact]
    public async Task A_person_sees_all_of_themselves_with_their_national_id_masked()
    {
        var person = await given.Api.AddAsync();
        await given.Api.Database.ExecuteAsync("UPDATE users SET cnic = @Cnic WHERE id = @Id", new { Cnic, person.Id });
        using var client = await given.Api.AsAsync(person);

        foreach (var path in new[] { "me", person.Id.ToString(), person.Code })
        {
            (await client.ReadAsync<UserView>($"{Api}/users/{path}")).ShouldSatisfyAllConditions(
                p => p.Id.ShouldBe(person.Id), p => p.EmployeeCode.ShouldBe(person.Code), p => p.Cnic.ShouldBe(Sights.Masked(Cnic)),
                p => p.LastLogin.ShouldNotBeNull(), p => p.AllowedActions.ShouldBe([]));
        }
    }

    [Fact]
    public async Task What_somebody_does_not_see_they_do_not_find_by()
    {
        var person = await SomebodyAsync();
        using var requester = await given.Api.AsAsync(Role.Requester);

        (await FoundAsync(requester, person.EmployeeCode!)).ShouldBe([]);
        (await FoundAsync(requester, person.Email!)).ShouldBe([]);
        await requester.GetAsync($"{Api}/users/{person.EmployeeCode}").ShouldBeAsync(Codes.NotFound);
        await requester.GetAsync($"{Api}/users?is_approver=true").ShouldBeAsync(Codes.Forbidden);
        using var moderator = await given.Api.AsAsync(Role.Moderator);
        (await moderator.ReadAsync<UserView>($"{Api}/users/{person.EmployeeCode}")).Id.ShouldBe(person.Id);
        (await FoundAsync(given.Admin, person.EmployeeCode!)).ShouldBe([person.Id]);
        (await FoundAsync(given.Admin, person.Email!)).ShouldBe([person.Id]);
        await requester.GetAsync($"{Api}/users?is_deleted=true").ShouldBeAsync(Codes.Forbidden);
        await requester.GetAsync($"{Api}/users?helpdesk_authorized=true").ShouldBeAsync(Codes.Forbidden);
    }

    Task<UserView> SomebodyAsync()
    {
        var number = Guid.NewGuid().ToString("N")[..12];
        return given.Admin.RegisterAsync(new($"S-{number}", "Ada", "Tester", number, $"{number}@example.org", "042 111", SmsUserId: "77"));
    }

    static async Task<IEnumerable<Guid>> FoundAsync(HttpClient client, string words) =>
        (await client.ReadAsync<Paged<UserView>>($"{Api}/users?q={Uri.EscapeDataString(words)}")).Data.Select(u => u.Id);
}
