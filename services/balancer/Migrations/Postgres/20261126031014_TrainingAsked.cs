using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SynCxr.Mesh.Balancer.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class TrainingAsked : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "TellMs",
                table: "datasets",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Training",
                table: "datasets",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.CreateIndex(
                name: "IX_datasets_TellMs",
                table: "datasets",
                column: "TellMs");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_datasets_TellMs",
                table: "datasets");

            migrationBuilder.DropColumn(
                name: "TellMs",
                table: "datasets");

            migrationBuilder.DropColumn(
                name: "Training",
                table: "datasets");
        }
    }
}
