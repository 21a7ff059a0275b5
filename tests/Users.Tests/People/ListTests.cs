using System.Net;
using System.Text.Json;
using Hdms.Contracts;
using Hdms.Kit.Problems;
using static Hdms.Users.Tests.Acts;

namespace Hdms.Users.Tests.People;

/// <summary>What holds of every list, shown at the one of people.</summary>
public sealed class ListTests(ListTests.ManyPeople many) : IClassFixture<ListTests.ManyPeople>
{
    const string Path = $"{Api}/users";
    const int Many = 10_050;

    /// <summary>More people than are counted, all of one name.</summary>
    public sealed class ManyPeople : IAsyncLifetime
    {
        public Given Given { get; } = new();

        public async ValueTask InitializeAsync()
        {
            await Given.InitializeAsync();
            await Given.Api.Database.ExecuteAsync(
                $"""
                INSERT INTO users (id, employee_code, first_name, last_name, role, is_active, date_joined, created_at, updated_at, version)
                SELECT gen_random_uuid(), 'MANY-' || n, 'Many', 'People', CASE n % 3 WHEN 0 THEN 'moderator' WHEN 1 THEN 'assignee' ELSE 'requester' END,
                       n % 2 = 0, '2020-01-01', now(), now(), 1
                FROM generate_series(1, {Many}) AS n
                """);
        }

        public ValueTask DisposeAsync() => Given.DisposeAsync();
    }

    [Fact]
    public async Task Pages_of_people_who_sort_alike_have_each_of_them_once()
    {
        var ids = new List<Guid>();
        string? path = $"{Path}?q=many&limit=100&sort=-name&role=moderator&is_active=true&count=none";
        while (path is not null)
        {
            using var answer = await many.Given.Admin.GetAsync(path);
            ids.AddRange((await answer.ReadAsync<Paged<UserView>>()).Data.Select(u => u.Id));
            path = answer.Headers.TryGetValues("Link", out var links) ? links.Single().Split('<', '>')[1] : null;
        }

        ids.Count.ShouldBe(Many / 6);
        ids.Distinct().Count().ShouldBe(ids.Count);
    }

    [Fact]
    public async Task The_link_to_the_next_page_keeps_the_question()
    {
        using var answer = await many.Given.Admin.GetAsync($"{Path}?limit=2&page=3&role=moderator&sort=-created_at&q=a%26b");

        answer.Headers.Contains("Link").ShouldBeFalse("nobody is found");
        using var next = await many.Given.Admin.GetAsync($"{Path}?limit=2&page=3&role=moderator,assignee&sort=-created_at&q=many%20peop");
        next.Headers.GetValues("Link").Single().ShouldBe($"<{Path}?limit=2&role=moderator,assignee&sort=-created_at&q=many%20peop&page=4>; rel=\"next\"");
    }

    [Fact]
    public async Task Totals_end_at_ten_thousand_unless_more_is_asked_for()
    {
        (await PageAsync("?q=many")).ShouldBe(new Pagination(1, 20, 10_000, true, 500));
        (await PageAsync("?q=many&count=exact")).ShouldBe(new Pagination(1, 20, Many, false, 500));
        (await PageAsync("?q=many&count=none")).ShouldBe(new Pagination(1, 20, null, false, null));
        (await PageAsync("?q=many&role=moderator&limit=100")).ShouldBe(new Pagination(1, 100, Many / 3, false, 34));
        (await PageAsync("?q=nobody-at-all")).ShouldBe(new Pagination(1, 20, 0, false, 0));
    }

    [Fact]
    public async Task Page_numbers_end_at_ten_thousand_rows()
    {
        using var last = await many.Given.Admin.GetAsync($"{Path}?limit=100&page=100");
        (await last.ReadAsync<Paged<UserView>>()).Data.Count.ShouldBe(100);
        last.Headers.Contains("Link").ShouldBeFalse();

        await many.Given.Admin.GetAsync($"{Path}?limit=100&page=101").ShouldBeAsync(Codes.ValidationFailed);
    }

    [Theory]
    [InlineData("?limit=0", "limit")]
    [InlineData("?limit=101", "limit")]
    [InlineData("?page=0", "page")]
    [InlineData("?sort=cnic", "sort")]
    [InlineData("?fields=password", "fields")]
    [InlineData("?count=all", "count")]
    [InlineData("?role=king", "role")]
    public async Task What_can_t_be_had_is_refused_by_parameter(string query, string parameter)
    {
        var problem = await many.Given.Admin.GetAsync(Path + query).ShouldBeAsync(Codes.ValidationFailed);

        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe([parameter]);
    }

    [Fact]
    public async Task A_parameter_that_is_not_known_is_refused_with_those_that_are()
    {
        var problem = await many.Given.Admin.GetAsync($"{Path}?departmentid=1").ShouldBeAsync(Codes.Malformed);

        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe(["departmentid"]);
        problem.GetProperty("known_parameters").EnumerateArray().Select(p => p.GetString()!).ShouldBe(
            ["count", "department_id", "fields", "helpdesk_authorized", "is_active", "is_approver", "is_deleted", "limit", "page", "q", "role", "sort"]);
    }

    [Theory]
    [InlineData("?department_id=works")]
    [InlineData("?is_active=perhaps")]
    [InlineData("?limit=many")]
    public async Task A_parameter_of_another_type_can_t_be_read(string query) =>
        await many.Given.Admin.GetAsync(Path + query).ShouldBeAsync(Codes.Malformed);

    [Fact]
    public async Task Only_the_fields_asked_for_are_answered()
    {
        using var answer = await many.Given.Admin.GetAsync($"{Path}?limit=3&fields=id,last_name");

        var rows = (await answer.ReadAsync<JsonElement>()).GetProperty("data").EnumerateArray().ToArray();
        rows.Length.ShouldBe(3);
        foreach (var row in rows)
            row.EnumerateObject().Select(m => m.Name).ShouldBe(["id", "last_name"]);
    }

    [Theory]
    [InlineData("o'brien:*|!(")]
    [InlineData("' OR 1=1 --")]
    [InlineData("\\")]
    [InlineData("@.-_/+")]
    public async Task What_looks_like_a_query_language_is_looked_for_as_words(string words) =>
        await many.Given.Admin.GetAsync($"{Path}?q={Uri.EscapeDataString(words)}").ShouldBeAsync(HttpStatusCode.OK);

    async Task<Pagination> PageAsync(string query) => (await many.Given.Admin.ReadAsync<Paged<UserView>>(Path + query)).Pagination;
}
