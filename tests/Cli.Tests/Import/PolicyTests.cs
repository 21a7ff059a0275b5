using Dapper;
using Hdms.Cli.Import;

namespace Hdms.Cli.Tests.Import;

/// <summary>What each policy makes of the flaws that it is about.</summary>
public sealed class PolicyTests(OldDatabase old) : IClassFixture<OldDatabase>
{
    const string Twins = "SELECT count(*) FROM hdms_import.users WHERE old IN (SELECT u.id FROM hdms_import.users_user AS u JOIN hdms_import.users_user AS o ON lower(o.email) = lower(u.email) AND o.id <> u.id)";

    [Theory]
    [InlineData("keep_first", "AND email IS NOT NULL", 1)]
    [InlineData("suffix", "AND email LIKE '%+2@%' ESCAPE '#'", 1)]
    [InlineData("null", "AND email IS NULL", 2)]
    [InlineData("quarantine", "AND email IS NULL AND NOT helpdesk_authorized", 1)]
    public async Task Of_people_with_one_address_but_for_capitals_the_policy_says_who_keeps_it(string policy, string which, int each) =>
        (await CountAsync($"{Twins} {which}", ("emails_differ_in_case", policy))).ShouldBe(OldDatabase.Plan.EmailsByCase * each);

    [Fact]
    public async Task No_two_people_have_one_address_whatever_the_policy()
    {
        foreach (var policy in new[] { "keep_first", "suffix", "null", "quarantine" })
            (await CountAsync("SELECT count(email) - count(DISTINCT lower(email)) FROM hdms_import.users", ("emails_differ_in_case", policy))).ShouldBe(0, policy);
    }

    [Theory]
    [InlineData("head", "SELECT count(*) FROM hdms_import.tickets AS t JOIN hdms_import.departments AS d ON d.id = t.department_id AND d.head_id = t.assignee_id")]
    [InlineData("queue", "SELECT count(*) FROM hdms_import.tickets AS t WHERE status = 'under_review'")]
    [InlineData("reject", "SELECT count(*) FROM hdms_import.rejected AS t WHERE reason = 'is being worked on by nobody'")]
    public async Task Work_that_nobody_has_goes_where_the_policy_says(string policy, string found) => (await CountAsync(
        $"{found} {(found.Contains("WHERE", StringComparison.Ordinal) ? "AND" : "WHERE")} t.old IN (SELECT id FROM hdms_import.tickets_ticket WHERE status IN ('assigned', 'in_progress') AND assignee_id IS NULL)",
        ("work_without_assignee", policy))).ShouldBe(OldDatabase.Plan.AssignedWithoutAssignee);

    [Theory]
    [InlineData("forced", "SELECT count(*) FROM hdms_import.tickets WHERE closed_reason = 'forced'")]
    [InlineData("reject", "SELECT count(*) FROM hdms_import.rejected WHERE reason = 'was closed without a reason'")]
    public async Task A_ticket_that_was_closed_without_a_reason_gets_the_policys(string policy, string found) =>
        (await CountAsync(found, ("closed_without_reason", policy))).ShouldBe(OldDatabase.Plan.ClosedWithoutReason);

    [Fact]
    public async Task A_status_that_nobody_knows_can_be_given_one_of_today() =>
        (await CountAsync("SELECT count(*) FROM hdms_import.tickets AS n JOIN hdms_import.tickets_ticket AS t ON t.id = n.old WHERE t.status = 'on_hold_2' AND n.status = 'rejected'", ("unknown_status", "rejected")))
            .ShouldBe(OldDatabase.Plan.StatusUnknown);

    [Fact]
    public async Task Notifications_about_no_ticket_can_be_kept_without_one() =>
        (await CountAsync("SELECT count(*) FROM hdms_import.notifications WHERE ticket_id IS NULL", ("orphan_notifications", "detach"), ("unknown_status", "rejected"))).ShouldBe(OldDatabase.Plan.OrphanNotifications);

    [Fact]
    public async Task A_long_message_is_split_and_no_letter_of_it_is_lost()
    {
        const string Lengths = "SELECT sum(length(n.message)) FROM hdms_import.chat_messages AS n WHERE old IN (SELECT id FROM hdms_import.chat_message WHERE length(message) > 10000)";

        (await CountAsync(Lengths, ("long_messages", "split"))).ShouldBe(12_000L * OldDatabase.Plan.LongMessages);
        (await CountAsync(Lengths, ("long_messages", "cut"))).ShouldBe(10_000L * OldDatabase.Plan.LongMessages);
        (await CountAsync("SELECT count(*) FROM hdms_import.rejected WHERE reason = 'is longer than 10,000 characters'", ("long_messages", "reject"))).ShouldBe(OldDatabase.Plan.LongMessages);
    }

    [Fact]
    public async Task Text_has_neither_control_characters_nor_line_ends_of_two_letters() =>
        (await CountAsync(@"SELECT count(*) FROM hdms_import.chat_messages WHERE message ~ E'[\\u0001-\\u0008\\u000b-\\u001f\\u007f]' OR message ~ E'[ \\t]\\n' OR message <> btrim(message)")).ShouldBe(0);

    [Fact]
    public async Task Of_a_participant_who_is_there_twice_the_first_is_kept() =>
        (await CountAsync("SELECT count(*) FROM hdms_import.merged AS m JOIN hdms_import.ticket_participants AS p ON p.old = m.into_old WHERE m.old > m.into_old")).ShouldBe(OldDatabase.Plan.DuplicateParticipants);

    [Fact]
    public async Task Completed_is_resolved_today_at_the_time_at_which_it_was_completed() =>
        (await CountAsync("SELECT count(*) FROM hdms_import.tickets_ticket AS t JOIN hdms_import.tickets AS n ON n.old = t.id WHERE t.status = 'completed' AND (n.status <> 'resolved' OR n.resolved_at <> t.completed_at AT TIME ZONE 'Asia/Karachi')")).ShouldBe(0);

    [Fact]
    public void A_policy_that_is_none_is_refused_with_those_there_are()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "policies: { emails_differ_in_case: perhaps }");

        Should.Throw<OneLineError>(() => ImportPolicies.Read(file)).Message.ShouldContain("keep_first, suffix, null, quarantine");
        File.Delete(file);
    }

    Task<long> CountAsync(string sql, params (string, string)[] policies) => old.TransformedAsync(connection => connection.ExecuteScalarAsync<long>(sql), policies);
}
