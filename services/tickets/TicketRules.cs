using Hdms.Kit.Hosting;
using Microsoft.Extensions.Configuration;

namespace Hdms.Tickets;

/// <summary>What an organisation may set of the rules (DOMAIN.md section 6; docs/settings.md).</summary>
sealed record TicketRules
{
    /// <summary>A constant (DOMAIN.md section 7).</summary>
    public const int MostReopenings = 2;

    /// <summary>A warning, never a refusal.</summary>
    public const int ManyOpenTickets = 10;

    public static readonly TimeSpan UndoFor = TimeSpan.FromMinutes(15);
    public static readonly TimeSpan DraftsLast = TimeSpan.FromDays(7);
    public static readonly TimeSpan AttentionAfter = TimeSpan.FromDays(1);
    public static readonly TimeSpan ApprovalReminderEvery = TimeSpan.FromDays(1);
    public static readonly TimeSpan PostponeReminderEvery = TimeSpan.FromDays(3);
    public static readonly TimeSpan CloseReminderAfter = TimeSpan.FromDays(1);

    /// <summary>What a ticket that goes back to work has left at least.</summary>
    public TimeSpan LeastAfterRework { get; init; } = TimeSpan.FromHours(4);

    /// <summary>Whose new year begins the numbers anew.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.FindSystemTimeZoneById("Asia/Karachi");

    /// <summary>Codes of the departments whose heads may ask for approvals.</summary>
    public string[] ApprovalDepartments { get; init; } = ["FIN"];

    public bool CompleteOnApproval { get; init; } = true;

    public bool RequestersMayWithdraw { get; init; }

    public bool PauseForApproval { get; init; } = true;

    public TimeSpan CloseAfter { get; init; } = TimeSpan.FromDays(3);

    public TimeSpan AcknowledgeChangesWithin { get; init; } = TimeSpan.FromHours(48);

    public static TicketRules Of(IConfiguration settings)
    {
        var zone = settings["tickets_time_zone"] ?? "Asia/Karachi";
        return new TicketRules
        {
            TimeZone = TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found)
                ? found
                : throw new SettingException("tickets_time_zone", $"'{zone}' is no time zone of the IANA database, such as Asia/Karachi."),
            ApprovalDepartments = (settings["tickets_approval_departments"] ?? "FIN").ToUpperInvariant()
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            CompleteOnApproval = settings.Flag("tickets_complete_on_approval", true),
            RequestersMayWithdraw = settings.Flag("tickets_requesters_may_withdraw", false),
            PauseForApproval = settings.Flag("tickets_pause_for_approval", true),
            LeastAfterRework = TimeSpan.FromHours(settings.Number("tickets_least_hours_after_rework", 4, 0, 1000)),
            CloseAfter = TimeSpan.FromHours(settings.Number("tickets_close_after_hours", 72, 48, 8760)),
            AcknowledgeChangesWithin = TimeSpan.FromHours(settings.Number("tickets_acknowledge_changes_hours", 48, 1, 8760)),
        };
    }
}
