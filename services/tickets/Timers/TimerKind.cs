namespace Hdms.Tickets.Timers;

/// <summary>What happens later by itself (DOMAIN.md section 6).</summary>
enum TimerKind
{
    Expire,
    Enqueue,
    Unreviewed,
    Unacknowledged,
    ResponseWarning,
    ResponseBreach,
    ResolutionWarning,
    ResolutionBreach,
    ApprovalReminder,
    AutoResolve,
    AutoCloseReminder,
    AutoClose,
    PostponeReminder,

    /// <summary>The head has not answered a change of priority or due time.</summary>
    AcknowledgeSla,

    /// <summary>Of a department: there may be room for those who queue.</summary>
    TakeFromQueue,
}
