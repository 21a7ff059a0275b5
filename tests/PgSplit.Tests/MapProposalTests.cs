using PgSplit.Mapping;
using PgSplit.Pg;
using PgSplit.Planning;

namespace PgSplit.Tests;

public sealed class MapProposalTests(EmptyPair empty) : IClassFixture<EmptyPair>, IAsyncLifetime
{
    readonly DatabasePair _pair = empty.Pair;

    public async ValueTask InitializeAsync() => await empty.EmptySourceAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_help_desk_in_Djangos_style_is_divided_by_its_apps()
    {
        await _pair.OnSourceAsync(Sample.HelpDesk);

        var map = Map.Parse(await ProposeAsync(), "map.yaml");

        map.Services.Select(s => (s.Name, Tables: string.Join(' ', s.Move.Tables))).ShouldBe(
        [
            ("kb", "kb_article kb_category"),
            ("tickets", "tickets_attachment tickets_comment tickets_ticket watchers"),
            ("users", "users_department users_membership users_user"),
        ]);
        map.Ignore.Select(i => i.Text).ShouldBe(["django_migrations", "django_session", "feature_flags"]);
        map.Service("tickets").Target.Database.ShouldBe(_pair.Source.Address.Database + "_tickets");
        map.Service("tickets").Target.Host.ShouldBe(_pair.Source.Address.Host);
    }

    [Fact]
    public async Task A_shop_without_prefixes_is_divided_around_the_tables_that_many_refer_to()
    {
        await _pair.OnSourceAsync(Sample.Shop);

        var map = Map.Parse(await ProposeAsync(), "map.yaml");

        map.Services.Select(s => (s.Name, Tables: string.Join(' ', s.Move.Tables))).ShouldBe(
        [
            ("carts", "cart_items carts"),
            ("customers", "addresses customers"),
            ("orders", "order_items orders payments"),
            ("products", "Odd \"name\" product_images products"),
        ]);
        map.Ignore.Select(i => i.Text).ShouldBe(["schema_migrations"]);
    }

    [Fact]
    public async Task A_proposal_says_why_and_which_foreign_keys_it_cuts()
    {
        await _pair.OnSourceAsync(Sample.HelpDesk);

        var yaml = await ProposeAsync();

        yaml.ShouldContain("# 3 tables, ");
        yaml.ShouldContain("5 tables refer to users_user.");
        yaml.ShouldContain("# Crosses: tickets_ticket.requester_id → users_user (service users)");
        yaml.ShouldContain("- django_migrations  # Django's schema history");
        yaml.ShouldContain("- feature_flags  # nothing ties it to another table");
    }

    [Fact]
    public async Task The_same_database_gives_the_same_proposal()
    {
        await _pair.OnSourceAsync(Sample.Shop);

        (await ProposeAsync()).ShouldBe(await ProposeAsync());
    }

    [Fact]
    public async Task A_proposal_is_blocked_by_what_crosses_its_cuts_and_by_nothing_else()
    {
        await _pair.OnSourceAsync(Sample.HelpDesk);
        var proposed = Map.Parse(await ProposeAsync(), "map.yaml");
        // With the password, which a proposal does not tell.
        var map = proposed with
        {
            Source = _pair.Source.Address,
            Services = [.. proposed.Services.Select(s => s with { Move = s.Move with { Source = _pair.Source.Address, Target = _pair.Target.Address } })],
        };

        var blockers = (await Plan.RunAsync(map, null, CancellationToken.None)).Findings.Where(f => f.Severity == Severity.Blocker);

        blockers.Select(b => b.Code).Distinct().Order(StringComparer.Ordinal).ShouldBe(["foreign-key-in", "foreign-key-out", "view-crosses"]);
    }

    [Fact]
    public async Task A_table_without_family_goes_with_those_that_statements_join_it_to()
    {
        await _pair.OnSourceAsync(
            """
            CREATE EXTENSION pg_stat_statements;
            CREATE TABLE orders (id int PRIMARY KEY); CREATE TABLE order_items (id int PRIMARY KEY, order_id int REFERENCES orders); CREATE TABLE notes (id int PRIMARY KEY);
            SELECT count(*) FROM notes JOIN orders USING (id)
            """);

        Map.Parse(await ProposeAsync(), "map.yaml").Service("orders").Tables.ShouldContain(new QualifiedName("public", "notes"));
    }

    [Fact]
    public async Task A_database_without_tables_is_refused() =>
        (await Should.ThrowAsync<PgSplitException>(ProposeAsync)).ExitCode.ShouldBe(ExitCode.BadInput);

    Task<string> ProposeAsync() => MapProposal.WriteAsync(_pair.Source.Address, CancellationToken.None);
}
