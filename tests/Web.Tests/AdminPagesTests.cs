using System.Net;
using System.Net.Http.Json;
using System.Text;
using Hdms.Contracts;
using Hdms.Testing;
using static Microsoft.Playwright.Assertions;

namespace Hdms.Web.Tests;

/// <summary>What an admin does on each of their pages, once.</summary>
public sealed class AdminPagesTests(HelpDesk desk)
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task People_are_imported_after_it_was_shown_what_that_would_change()
    {
        var code = Code("CSV");
        await using var admin = await desk.Site.SignedInAsync(People.Admin);
        await admin.GoAsync("/admin/people/import");
        await admin.Page.GetByLabel("CSV file").SetInputFilesAsync(new FilePayload
        {
            Name = "people.csv",
            MimeType = "text/csv",
            Buffer = Encoding.UTF8.GetBytes($"employee_code,first_name,last_name,phone_number\n{code},Ayesha,Siddiqi,0300-1234567\n{People.Watcher},Shahzad,Gill,{Random.Shared.Next(1_000_000, 9_999_999)}\n,Nobody,Atall,\n"),
        });
        await admin.Button("See what it would do").ClickAsync();
        await Expect(Row(admin, code)).ToContainTextAsync("New");
        await Expect(Row(admin, People.Watcher).Locator("ins")).ToHaveCountAsync(1);
        await Expect(admin.Page.Locator(".change-row-reject")).ToHaveCountAsync(1);
        (await FoundAsync(code)).ShouldBeEmpty("it was only shown");

        await admin.Page.GetByRole(AriaRole.Button, new() { NameRegex = Visitor.Like("^Do it: 1 new, 1 changed, 1 left out$") }).ClickAsync();
        await Expect(admin.Page.Locator("#job h2")).ToHaveTextAsync("Done");
        (await FoundAsync(code)).Single().FirstName.ShouldBe("Ayesha");
        await Expect(admin.Link("Rows left out, as CSV")).ToBeVisibleAsync();

        async Task<IReadOnlyList<UserView>> FoundAsync(string q) => (await (await desk.Site.ApiAsync(People.Admin)).ReadAsync<Paged<UserView>>($"/api/v1/users?q={q}")).Data;
    }

    [Fact]
    public async Task Who_is_registered_and_let_in_signs_in_until_their_access_is_taken_away()
    {
        var code = Code("NEW");
        await using var admin = await desk.Site.SignedInAsync(People.Admin);
        await admin.GoAsync("/admin/people/new");
        await admin.Page.Locator("#f-first_name").FillAsync("Rabia");
        await admin.Page.Locator("#f-employee_code").FillAsync(code);
        await admin.Page.GetByLabel("Let them into the help desk").CheckAsync();
        await admin.Page.Locator("#f-password").FillAsync("Saffron-Rooftop-83");
        await admin.Button("Register").ClickAsync();
        await Expect(admin.Page.Locator("h1")).ToContainTextAsync("Rabia");
        await using var person = await desk.Site.NobodyAsync();
        await SignInAsync("Saffron-Rooftop-83");
        await person.Page.GetByLabel("Temporary password").FillAsync("Saffron-Rooftop-83");
        await person.Page.GetByLabel("New password").FillAsync("Quiet-Orchard-27");
        await person.Button("Change and sign in").ClickAsync();
        await Expect(person.Page.Locator("#waiting-title")).ToBeVisibleAsync();

        await Summary(admin, "Take access away").ClickAsync();
        await admin.Button("Yes: take access away").ClickAsync();
        await Expect(admin.Flash).ToContainTextAsync("They may no longer sign in");
        await SignInAsync("Quiet-Orchard-27");
        await Expect(person.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();

        async Task SignInAsync(string password)
        {
            // As in another browser: the old one is still signed in for as long as its token lasts, or has just been signed out.
            await person.Page.Context.ClearCookiesAsync();
            await person.GoAsync("/sign-in");
            await person.Page.GetByLabel("Employee code").FillAsync(code);
            await person.Page.GetByLabel("Password").FillAsync(password);
            await person.Button("Sign in").ClickAsync();
        }
    }

    [Fact]
    public async Task A_department_is_opened_closed_to_new_work_and_deleted()
    {
        var code = Code("D");
        await using var admin = await desk.Site.SignedInAsync(People.Admin);
        await admin.GoAsync("/admin/departments/new");
        await admin.Page.Locator("#f-name").FillAsync($"Gardens {code}");
        await admin.Page.Locator("#f-code").FillAsync(code);
        await admin.Page.Locator("#f-total_capacity").FillAsync("12");
        await admin.Button("Open").ClickAsync();
        await Expect(admin.Page.Locator("h1")).ToHaveTextAsync($"Gardens {code}");

        await Summary(admin, "Close to new work").ClickAsync();
        await admin.Button("Yes: close to new work").ClickAsync();
        await Expect(admin.Page.Locator("h1 .status")).ToHaveTextAsync("closing");
        await Summary(admin, "Delete").ClickAsync();
        await admin.Button("Yes: delete").ClickAsync();
        await Expect(admin.Flash).ToContainTextAsync("It is deleted, or will be");
        await admin.GoAsync("/admin/departments?deleted=true");
        await Expect(Row(admin, $"Gardens {code}")).ToContainTextAsync("deleted");
    }

    [Fact]
    public async Task A_category_is_added_renamed_in_its_line_and_no_longer_offered()
    {
        var name = Code("Zebra ");
        await using var admin = await desk.Site.SignedInAsync(People.Admin);
        await admin.GoAsync("/admin/categories");
        await admin.Page.Locator("#f-name").FillAsync(name);
        await admin.Button("Add").ClickAsync();
        await Expect(admin.Flash).ToBeVisibleAsync();
        await admin.GoAsync($"/admin/categories?q={Uri.EscapeDataString(name)}");
        await admin.Page.GetByLabel($"Name of {name}").FillAsync($"{name} crossing");
        await admin.Page.GetByLabel($"{name} is offered for new tickets").UncheckAsync();
        await admin.Button($"Save {name}").ClickAsync();

        await Expect(admin.Page.GetByLabel($"Name of {name} crossing")).ToHaveValueAsync($"{name} crossing");
        await Expect(admin.Page.GetByLabel($"{name} crossing is offered for new tickets")).Not.ToBeCheckedAsync();
        await using var requester = await desk.Site.SignedInAsync(People.Requester);
        await requester.GoAsync("/tickets/new");
        await Expect(requester.Page.Locator("option", new() { HasText = name })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_department_has_hours_of_its_own_for_a_priority_and_goes_by_those_of_all_again()
    {
        await using var admin = await desk.Site.SignedInAsync(People.Admin);
        await admin.GoAsync("/admin/sla");
        var cell = Row(admin, "Architecture").Locator(".sla-cell").Last;
        await Expect(cell.Locator("summary")).ToContainTextAsync("of every department");
        await cell.Locator("summary").ClickAsync();
        await cell.Locator("[name=response_hours]").FillAsync("3.5");
        await cell.Locator("[name=resolution_hours]").FillAsync("30");
        await cell.Locator(".btn-primary").ClickAsync();
        await Expect(cell.Locator("summary.own")).ToContainTextAsync("3.5 / 30 h");

        await cell.Locator("summary").ClickAsync();
        await cell.GetByRole(AriaRole.Button, new() { NameRegex = Visitor.Like("as every department$") }).ClickAsync();
        await Expect(cell.Locator("summary")).ToContainTextAsync("of every department");
    }

    [Fact]
    public async Task A_calendar_is_added_with_its_hours_and_holidays_and_deleted()
    {
        var name = Code("Shift ");
        await using var admin = await desk.Site.SignedInAsync(People.Admin);
        await admin.GoAsync("/admin/sla");
        await admin.Link("Add a calendar").ClickAsync();
        await admin.Page.Locator("#f-name").FillAsync(name);
        await admin.Page.Locator("#f-time_zone").FillAsync("Asia/Karachi");
        await admin.Page.Locator("#f-department_id").SelectOptionAsync("Procurement");
        await admin.Page.GetByLabel("Monday").FillAsync("13:00-09:00");
        await admin.Button("Save").ClickAsync();
        await Expect(admin.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("end is after their start");
        await admin.Page.GetByLabel("Monday").FillAsync("09:00-13:00, 14:00-17:00");
        await admin.Page.Locator("#f-holidays").FillAsync("2027-03-23\n2027-08-14");
        await admin.Button("Save").ClickAsync();
        await Expect(admin.Flash).ToContainTextAsync("saved");

        await Expect(Row(admin, name).Locator("td")).ToContainTextAsync(["Procurement", "Asia/Karachi", "09:00", "2"]);
        await admin.Link(name).ClickAsync();
        await Summary(admin, "Delete").ClickAsync();
        await admin.Button("Yes: delete").ClickAsync();
        await Expect(admin.Flash).ToHaveTextAsync("Deleted.");
    }

    [Fact]
    public async Task The_audit_is_searched_by_who_and_what_and_shows_before_and_after()
    {
        var api = await desk.Site.ApiAsync(People.Admin);
        var department = (await api.ReadAsync<Paged<DepartmentView>>("/api/v1/departments?limit=100")).Data.Single(d => d.Code == "BMT");
        await SetAsync(department.TotalCapacity + 7);
        await SetAsync(department.TotalCapacity);

        await using var admin = await desk.Site.SignedInAsync(People.Admin);
        await admin.GoAsync("/admin/audit?service=users");
        await admin.Page.GetByLabel("Who did it").FillAsync(People.Admin);
        await admin.Page.Locator("#f-type").FillAsync("department.changed.v1");
        await admin.Page.Locator("#f-subject_id").FillAsync($"{department.Id}");
        await admin.Button("Search").ClickAsync();
        var change = admin.Page.Locator("tbody tr").Nth(1).Locator(".changes li", new() { HasText = "Total capacity" });
        await Expect(change.Locator("del")).ToHaveTextAsync($"{department.TotalCapacity}");
        await Expect(change.Locator("ins")).ToHaveTextAsync($"{department.TotalCapacity + 7}");

        async Task SetAsync(int capacity)
        {
            using var answer = await api.PatchAsync($"/api/v1/departments/{department.Id}", new { total_capacity = capacity });
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(Ct));
        }
    }

    [Fact]
    public async Task A_service_accounts_key_is_shown_once_opens_the_API_and_is_good_for_nothing_when_it_is_revoked()
    {
        var name = Code("robot-");
        await using var admin = await desk.Site.SignedInAsync(People.Admin);
        await admin.GoAsync("/admin/accounts");
        await admin.Page.Locator("#f-name").FillAsync(name);
        await admin.Page.GetByLabel("reads people and departments").CheckAsync();
        await admin.Button("Make it, and show its key").ClickAsync();
        var key = await admin.Page.Locator("#key").InnerTextAsync();
        (await TokenAsync(key)).ShouldBe(HttpStatusCode.OK);

        await admin.Link("I have it").ClickAsync();
        await Expect(admin.Page.Locator("main")).Not.ToContainTextAsync(key);
        await Summary(Row(admin, name), "Revoke").ClickAsync();
        await admin.Button("Yes: revoke").ClickAsync();
        await Expect(admin.Flash).ToHaveTextAsync("Revoked for good.");
        (await TokenAsync(key)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Health_says_of_each_service_whether_it_is_ready_and_what_was_found()
    {
        await using var admin = await desk.Site.SignedInAsync(People.Admin);
        await admin.GoAsync("/admin/health");
        foreach (var service in Services.All)
            await Expect(admin.Page.Locator("tbody tr", new() { Has = admin.Page.GetByRole(AriaRole.Rowheader, new() { NameRegex = Visitor.Like($"(?i)^{service.Name}$") }) }).Locator(".status")).ToHaveTextAsync("ready");
    }

    /// <summary>Like no other's.</summary>
    static string Code(string before) => $"{before}{Guid.NewGuid().ToString("N")[..6].ToUpperInvariant()}";

    static ILocator Row(Visitor visitor, string text) => visitor.Page.Locator("tbody tr", new() { HasText = text });

    static ILocator Summary(Visitor visitor, string text) => Summary(visitor.Page.Locator("main"), text);

    static ILocator Summary(ILocator within, string text) => within.Locator("summary", new() { HasText = text });

    async Task<HttpStatusCode> TokenAsync(string key)
    {
        using var http = new HttpClient();
        using var answer = await http.PostAsJsonAsync(new Uri(desk.Site.Address, "/api/v1/auth/token"), new { grant_type = "client_credentials", key }, Ct);
        return answer.StatusCode;
    }
}
