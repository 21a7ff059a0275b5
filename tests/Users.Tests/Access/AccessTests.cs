using System.Net;
using Hdms.Contracts;
using Hdms.Kit.Problems;
using static Hdms.Users.Tests.Acts;

namespace Hdms.Users.Tests.Access;

public sealed class AccessTests(Given given) : IClassFixture<Given>
{
    const string Path = $"{Api}/access-requests";

    HttpClient Admin => given.Admin;

    [Fact]
    public async Task Whoever_asks_is_answered_alike_whether_the_code_is_known_let_in_deactivated_or_nobodys()
    {
        var (known, letIn, inactive) = (await given.Api.AddAsync(authorized: false), await given.Api.AddAsync(), await given.Api.AddAsync(active: false, authorized: false));

        foreach (var code in new[] { known.Code, letIn.Code, inactive.Code, "nobody", known.Code })
        {
            using var answer = await given.Api.Http.PostAsync(Path, new AskForAccessRequest(code, "please"));
            answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);
            (await answer.Content.ReadAsStringAsync()).ShouldBe("""{"status":"received"}""");
            answer.Headers.Location.ShouldBeNull();
        }

        (await OfAsync(known.Id)).ShouldHaveSingleItem().Note.ShouldBe("please");
        (await OfAsync(letIn.Id)).ShouldBeEmpty();
        (await OfAsync(inactive.Id)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_is_approved_can_sign_in()
    {
        var person = await given.Api.AddAsync(authorized: false);
        var asked = await AskAsync(person);

        using var answer = await Admin.PostAsync($"{Path}/{asked.Id}/approve", new ReasonRequest("joined today"));

        (await answer.ReadAsync<AccessRequestView>()).ShouldSatisfyAllConditions(
            r => r.Status.ShouldBe(AccessRequestStatus.Approved), r => r.Reason.ShouldBe("joined today"), r => r.DecidedBy.ShouldBe(given.AdminId),
            r => r.DecidedAt.ShouldNotBeNull(), r => r.Version.ShouldBe(2));
        answer.Headers.ETag!.Tag.ShouldBe("\"2\"");
        await given.Api.SignInAsync(person);
        (await given.EventsAsync(person.Id)).ShouldBe(["user.imported.v1", "access.granted.v1"]);
        (await given.EventsAsync(asked.Id)).ShouldBe(["access.requested.v1", "access.approved.v1"]);
    }

    [Fact]
    public async Task Who_is_denied_hears_why_can_t_sign_in_and_may_ask_again()
    {
        var person = await given.Api.AddAsync(authorized: false);
        var asked = await AskAsync(person);

        await Admin.PostAsync($"{Path}/{asked.Id}/deny", new DenyAccessRequest(" ")).ShouldBeAsync(Codes.ValidationFailed);
        await Admin.PostAsync($"{Path}/{asked.Id}/deny", new DenyAccessRequest("not yet")).ShouldBeAsync(HttpStatusCode.OK);

        await SignInAsync(person).ShouldBeAsync(Codes.Forbidden);
        var problem = await Admin.SendAsync(HttpMethod.Post, $"{Path}/{asked.Id}/approve").ShouldBeAsync(Codes.AlreadyDecided);
        problem.GetProperty("decided_by").GetGuid().ShouldBe(given.AdminId);
        (await AskAsync(person)).Id.ShouldNotBe(asked.Id);
    }

    [Fact]
    public async Task Of_two_decisions_at_once_one_stands()
    {
        var asked = await AskAsync(await given.Api.AddAsync(authorized: false));

        var answers = await Task.WhenAll(
            Admin.SendAsync(HttpMethod.Post, $"{Path}/{asked.Id}/approve"), Admin.PostAsync($"{Path}/{asked.Id}/deny", new DenyAccessRequest("no")));

        answers.Select(a => a.StatusCode).Order().ShouldBe([HttpStatusCode.OK, HttpStatusCode.Conflict]);
    }

    [Fact]
    public async Task Letting_somebody_in_who_has_asked_approves_the_request_and_again_changes_nothing()
    {
        var person = await given.Api.AddAsync(authorized: false);
        var asked = await AskAsync(person);

        var first = await Admin.DoAsync<UserView>(HttpMethod.Put, $"{Api}/users/{person.Id}/access");
        var again = await Admin.DoAsync<UserView>(HttpMethod.Put, $"{Api}/users/{person.Id}/access");

        (first.HelpdeskAuthorized, first.Version, again.Version).ShouldBe((true, 2, 2));
        (await OfAsync(person.Id)).Single(r => r.Id == asked.Id).Status.ShouldBe(AccessRequestStatus.Approved);
    }

    [Fact]
    public async Task Who_is_no_longer_let_in_is_signed_out()
    {
        var person = await given.Api.AddAsync();
        var signedIn = await given.Api.SignInAsync(person);

        await Admin.DeleteAsync($"{Api}/users/{person.Id}/access").ShouldBeAsync(HttpStatusCode.NoContent);
        await Admin.DeleteAsync($"{Api}/users/{person.Id}/access").ShouldBeAsync(HttpStatusCode.NoContent);

        await given.Api.Http.PostAsync($"{Api}/auth/refresh", new RefreshRequest(signedIn.RefreshToken)).ShouldBeAsync(Codes.Unauthenticated);
        await SignInAsync(person).ShouldBeAsync(Codes.Forbidden);
        (await Admin.UserAsync(person.Id)).Version.ShouldBe(2);
    }

    [Fact]
    public async Task Taking_access_away_by_a_change_of_the_person_signs_out_too()
    {
        var person = await given.Api.AddAsync();
        var signedIn = await given.Api.SignInAsync(person);

        (await Admin.PatchAsync($"{Api}/users/{person.Id}", new ChangeUserRequest { HelpdeskAuthorized = false })).EnsureSuccessStatusCode();

        await given.Api.Http.PostAsync($"{Api}/auth/refresh", new RefreshRequest(signedIn.RefreshToken)).ShouldBeAsync(Codes.Unauthenticated);
    }

    [Fact]
    public async Task Requests_are_listed_oldest_first_and_by_status()
    {
        var (first, second) = (await AskAsync(await given.Api.AddAsync(authorized: false)), await AskAsync(await given.Api.AddAsync(authorized: false)));
        await Admin.PostAsync($"{Path}/{first.Id}/deny", new DenyAccessRequest("no")).ShouldBeAsync(HttpStatusCode.OK);

        var all = (await Admin.ReadAsync<Paged<AccessRequestView>>($"{Path}?limit=100")).Data.Select(r => r.Id).ToArray();
        var pending = (await Admin.ReadAsync<Paged<AccessRequestView>>($"{Path}?limit=100&status=pending")).Data;

        Array.IndexOf(all, first.Id).ShouldBeLessThan(Array.IndexOf(all, second.Id));
        pending.ShouldAllBe(r => r.Status == AccessRequestStatus.Pending);
        pending.Select(r => r.Id).ShouldContain(second.Id);
    }

    async Task<AccessRequestView> AskAsync(TestPerson person)
    {
        await given.Api.Http.PostAsync(Path, new AskForAccessRequest(person.Code)).ShouldBeAsync(HttpStatusCode.Accepted);
        return (await OfAsync(person.Id)).Single(r => r.Status == AccessRequestStatus.Pending);
    }

    async Task<IReadOnlyList<AccessRequestView>> OfAsync(Guid user) => (await Admin.ReadAsync<Paged<AccessRequestView>>($"{Path}?user_id={user}")).Data;

    Task<HttpResponseMessage> SignInAsync(TestPerson person) =>
        given.Api.Http.PostAsync($"{Api}/auth/sign-in", new SignInRequest(person.Code, TestPerson.Password));
}
