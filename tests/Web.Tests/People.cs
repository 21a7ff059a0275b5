namespace Hdms.Web.Tests;

/// <summary>Employee codes of the demo organisation.</summary>
static class People
{
    public const string Moderator = "ADM-003";
    public const string OtherModerator = "ADM-004";
    public const string OtherModeratorName = "Kamran Raja";
    public const string Admin = "IT-002";
    public const string Ceo = "ADM-002";
    public const string Approver = "FIN-002";
    public const string ApproverName = "Farhan Malik";
    public const string HeadOfIt = "IT-001";
    public const string HeadOfItName = "Omar Sheikh";
    /// <summary>The department whose head may ask for approvals.</summary>
    public const string Finance = "Finance & Accounts";
    public const string HeadOfFinance = "FIN-001";
    public const string HeadOfFinanceName = "Nadia Rahman";
    public const string Requester = "ADM-009";
    public const string RequesterName = "Shazia Kausar";
    public const string OtherRequester = "DEV-006";
    public const string Watcher = "PRC-005";
    public const string WatcherName = "Shahzad Gill";
}
